import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { findChromium, launchChromium } from './support/chromium.ts';
import { type RunningServer, startServer } from './support/server.ts';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));
const SECRET = 'a-secret-that-no-page-may-ever-show-40ch';
const WAIT_MS = 15_000;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const executable = findChromium();

describe('the welcome page in Chromium', {
  skip: executable === undefined ? 'Chromium is not installed' : false,
}, () => {
  let dataDirectory: string;
  let server: RunningServer;
  let browser: Browser;
  /** What the pages of a test complained about on their consoles. */
  const complaints: string[] = [];

  before(async () => {
    assert.ok(executable !== undefined);
    dataDirectory = await mkdtemp(join(tmpdir(), 'parlor-browser-'));
    await mkdir(ARTIFACTS, { recursive: true });
    server = await serve('--port', '0');
    browser = await launchChromium(executable);
  });

  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    assert.deepEqual(complaints.splice(0), []);
  });

  function serve(...args: string[]): Promise<RunningServer> {
    return startServer(['--tls-port', '0', '--data-dir', dataDirectory, ...args], {
      PARLOR_SECRET_ACCESS_KEY: SECRET,
      PARLOR_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00',
    });
  }

  async function openPage(options: BrowserContextOptions = {}, url = server.url): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return page;
  }

  /** The page with both people connected. */
  async function openDemo(options?: BrowserContextOptions): Promise<{ page: Page; moderator: Pane; viewer: Pane }> {
    const page = await openPage(options);
    const moderator = pane(page, 'Moderator');
    const viewer = pane(page, 'Viewer');
    await Promise.all([moderator.connected(), viewer.connected()]);
    return { page, moderator, viewer };
  }

  it('shows a message of either person to both', async () => {
    const { page, moderator, viewer } = await openDemo();
    await moderator.say('Welcome! We start in five minutes.');
    await viewer.say('Hello from the second row');
    for (const { messages } of [moderator, viewer]) {
      await messages.getByText('Welcome! We start in five minutes.', { exact: true }).waitFor();
      await messages.getByText('Hello from the second row', { exact: true }).waitFor();
    }
    await page.screenshot({ path: join(ARTIFACTS, 'demo-chat-light.png'), fullPage: true });
  });

  it('takes a message away from both when the moderator deletes it', async () => {
    const { moderator, viewer } = await openDemo();
    await viewer.say('something rude');
    const shown = [moderator, viewer].map(({ messages }) => messages.getByText('something rude', { exact: true }));
    await Promise.all(shown.map((message) => message.waitFor()));
    await moderator.button('Delete “something rude”').click();
    await Promise.all(shown.map((message) => message.waitFor({ state: 'detached' })));
  });

  it('gives the viewer no button to delete, and shows the 403 of an attempt', async () => {
    const { page, moderator, viewer } = await openDemo();
    await moderator.say('stays');
    await viewer.messages.getByText('stays', { exact: true }).waitFor();
    assert.equal(await viewer.messages.getByRole('button').count(), 0);
    await viewer.button('Delete without permission').click();
    await viewer.alert.getByText('403').waitFor();
    await viewer.alert.getByText('DELETE_MESSAGE').waitFor();
    assert.ok(await moderator.messages.getByText('stays', { exact: true }).isVisible());
    await page.screenshot({ path: join(ARTIFACTS, 'demo-chat-403.png'), fullPage: true });
  });

  it('shows the 400 of a message that is too long', async () => {
    const { viewer } = await openDemo();
    await viewer.button('Send too much').click();
    await viewer.alert.getByText('400').waitFor();
    await viewer.alert.getByText('Message exceeds maximum length').waitFor();
  });

  it('shows the viewer as removed after a kick, and lets them come back', async () => {
    const { page, moderator, viewer } = await openDemo();
    await viewer.say('kick me');
    await moderator.button('Kick viewer').click();
    await viewer.state.getByText('Disconnected').waitFor();
    await viewer.alert.getByText('You were removed from the room').waitFor();
    await moderator.messages.getByText('was removed from the room').waitFor();
    await page.screenshot({ path: join(ARTIFACTS, 'demo-chat-kicked.png'), fullPage: true });
    await viewer.button('Reconnect').click();
    await viewer.connected();
    await viewer.say('back again');
    await moderator.messages.getByText('back again', { exact: true }).waitFor();
  });

  it('shows the frames as they went over the wire', async () => {
    const { moderator, viewer } = await openDemo();
    await viewer.region.locator('summary').click();
    await moderator.say('for the log');
    const frames = viewer.region.getByRole('list', { name: 'Frames of Viewer' });
    const frameText = async (direction: string) =>
      (await frames.locator(`[data-direction=${direction}] code`).last().textContent()) ?? '';
    const frame: unknown = JSON.parse(await frameText('received'));
    assert.ok(typeof frame === 'object' && frame !== null);
    assert.deepEqual(Object.keys(frame), ['Type', 'Id', 'RequestId', 'Attributes', 'Content', 'SendTime', 'Sender']);
    await viewer.say('mine');
    assert.match(await frameText('sent'), /^\{"Action":"SEND_MESSAGE",/);
  });

  it('works with the keyboard alone', async () => {
    const { page, moderator, viewer } = await openDemo();
    const elsewhere = await openDemo();
    await elsewhere.viewer.say('from the viewer');
    await moderator.messages.getByText('from the viewer', { exact: true }).waitFor();

    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the demo chat');
    await page.keyboard.press('Enter');
    const order: string[] = [];
    while (order.at(-1) !== 'Message as Moderator') {
      await page.keyboard.press('Tab');
      const name = await focused(page);
      order.push(name);
      assert.ok(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), name);
    }
    const expected = ['Disconnect', 'Messages as Moderator sees them', 'Delete “from the viewer”', 'Kick viewer'];
    assert.deepEqual(order, [...expected, 'Message as Moderator']);

    await page.keyboard.type('typed');
    await page.keyboard.press('Escape');
    assert.equal(await moderator.draft.inputValue(), '');
    await page.keyboard.type('sent with Enter');
    await page.keyboard.press('Enter');
    await viewer.messages.getByText('sent with Enter', { exact: true }).waitFor();

    await moderator.button('Delete “from the viewer”').focus();
    await page.keyboard.press('Enter');
    await viewer.messages.getByText('from the viewer', { exact: true }).waitFor({ state: 'detached' });
    await page.waitForFunction("document.activeElement?.id === 'moderator-draft'");
  });

  it('tells assistive technology of messages and errors', async () => {
    const { page, viewer } = await openDemo();
    const log = page.getByRole('log', { name: 'Messages as Viewer sees them' });
    assert.equal(await log.getAttribute('aria-live'), 'polite');
    await viewer.button('Send too much').click();
    await page.getByRole('alert').getByText('400').waitFor();
    await viewer.draft.press('Escape');
    await viewer.alert.getByText('400').waitFor({ state: 'detached' });
  });

  it('fits a phone, one person below the other', async () => {
    const { page, moderator, viewer } = await openDemo({ viewport: PHONE, isMobile: true, hasTouch: true });
    await moderator.say(`a long word: ${'m'.repeat(120)}`);
    await viewer.region.locator('summary').click();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), PHONE.width);
    const [above, below] = await Promise.all([moderator.region.boundingBox(), viewer.region.boundingBox()]);
    assert.ok(above !== null && below !== null && above.y + above.height <= below.y);
    await page.screenshot({ path: join(ARTIFACTS, 'demo-chat-phone.png'), fullPage: true });
  });

  it('is dark where the reader prefers it', async () => {
    const { page, viewer } = await openDemo({ colorScheme: 'dark' });
    const [background, ink] = [await style(page, 'backgroundColor'), await style(page, 'color')];
    assert.ok(brightness(background) < 64 && brightness(ink) > 192, `${ink} on ${background}`);
    await viewer.say('good night');
    await page.screenshot({ path: join(ARTIFACTS, 'demo-chat-dark.png'), fullPage: true });
  });

  it('keeps still where the reader prefers it', async () => {
    const { page, viewer } = await openDemo({ reducedMotion: 'reduce' });
    await viewer.say('without a move');
    assert.equal(await page.evaluate("getComputedStyle(document.querySelector('.message')).animationName"), 'none');
  });

  it('fills its snippets with the real address, and copies them', async () => {
    const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    const webSocket = server.url.replace('http', 'ws');
    await page.getByRole('tabpanel').getByText(`regionOrUrl: '${webSocket}'`).waitFor();
    await page.getByRole('tab', { name: 'Chat client, JavaScript' }).press('End');
    await page.getByRole('tabpanel', { name: 'AWS CLI' }).waitFor();
    await page.getByRole('button', { name: 'Copy the AWS CLI snippet' }).press('Enter');
    await page.getByText('Copied', { exact: true }).waitFor();
    const copied: unknown = await page.evaluate('navigator.clipboard.readText()');
    assert.ok(String(copied).includes(`--endpoint-url ${server.url} --region us-east-1`), String(copied));
  });

  it('has snippets for Chime SDK messaging too, whose session connects over TLS', async () => {
    const page = await openPage();
    await page.getByRole('radio', { name: 'Chime SDK messaging' }).check();
    const session = page.getByRole('tabpanel', { name: 'Messaging session, JavaScript' });
    await session.getByText(`endpoint: '${server.tlsUrl}'`).waitFor();
    assert.deepEqual(await session.locator('mark').allTextContents(), [
      `  endpoint: '${server.tlsUrl}', // open it once, so that the browser trusts its certificate\n`,
    ]);
    await page.getByRole('tab', { name: 'boto3' }).click();
    const calls = page.getByRole('tabpanel', { name: 'boto3' });
    assert.deepEqual(
      await calls.locator('mark').allTextContents(),
      Array(2).fill(`    endpoint_url="${server.url}",\n`),
    );
    await page.screenshot({ path: join(ARTIFACTS, 'snippets-chime.png'), fullPage: true });
  });

  it('shows the TLS address among the others, where there is one', async () => {
    const page = await openPage();
    await page.getByText(String(server.tlsUrl), { exact: true }).waitFor();
    const other = await mkdtemp(join(tmpdir(), 'parlor-browser-'));
    await using plain = await startServer(['--port', '0', '--no-tls', '--data-dir', other]);
    const plainPage = await openPage({}, plain.url);
    await pane(plainPage, 'Moderator').connected();
    assert.equal(await plainPage.getByText('Over TLS', { exact: true }).count(), 0);
    await plainPage.context().close();
    await rm(other, { recursive: true, force: true });
  });

  it('shows the status and never the secret key', async () => {
    const { page } = await openDemo();
    const status = page.getByRole('complementary', { name: 'Status of the server' });
    for (const fact of ['us-east-1', '000000000000', new URL(server.url).host, 'on']) {
      await status.getByText(fact, { exact: true }).waitFor();
    }
    const seen = [await page.content()];
    for (const path of ['/', '/console/status']) seen.push(await (await fetch(server.url + path)).text());
    for (const text of seen) assert.ok(!text.includes(SECRET));
  });

  it('says how to switch the demo on when it is off', async () => {
    const other = await mkdtemp(join(tmpdir(), 'parlor-browser-'));
    await using quiet = await startServer(['--port', '0', '--data-dir', other, '--no-demo']);
    const page = await openPage({}, quiet.url);
    await page.getByText('npm start -- --demo').waitFor();
    assert.equal(await page.getByRole('article').count(), 0);
    await page.context().close(); // before its server is gone
  });

  it('shows the 429 of messages sent too fast', async () => {
    const { viewer } = await openDemo();
    await viewer.button('Send too fast').click();
    await viewer.alert.getByText('429').waitFor();
    await viewer.alert.getByText('rate limit exceeded').waitFor();
  });

  it('comes back by itself when the server has died and started again', async () => {
    const { moderator, viewer } = await openDemo();
    const { port } = new URL(server.url);
    await server.kill();
    await viewer.state.getByText('Connecting').waitFor();
    server = await serve('--port', port);
    await Promise.all([moderator.connected(), viewer.connected()]);
    await viewer.say('still here');
    await moderator.messages.getByText('still here', { exact: true }).waitFor();
    // The browser itself reports every refused connection on the console.
    assert.ok(complaints.splice(0).every((complaint) => complaint.includes('net::ERR')));
  });
});

/** What a test sees of one person. */
interface Pane {
  readonly region: Locator;
  readonly messages: Locator;
  readonly state: Locator;
  readonly alert: Locator;
  readonly draft: Locator;
  button(name: string): Locator;
  connected(): Promise<void>;
  /** Types the message, sends it with Enter and waits until it has come back. */
  say(content: string): Promise<void>;
}

function pane(page: Page, name: 'Moderator' | 'Viewer'): Pane {
  const region = page.getByRole('article', { name });
  const messages = region.getByRole('log');
  const draft = region.getByLabel(`Message as ${name}`);
  const state = region.getByRole('status');
  return {
    region,
    messages,
    state,
    alert: region.getByRole('alert'),
    draft,
    button: (label) => region.getByRole('button', { name: label }),
    connected: () => state.getByText('Connected', { exact: true }).waitFor(),
    async say(content) {
      await draft.fill(content);
      await draft.press('Enter');
      await messages.getByText(content, { exact: true }).waitFor();
    },
  };
}

/** The accessible name of what has the focus, as far as these tests need it. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim();
  })()`);
}

function style(page: Page, property: string): Promise<string> {
  return page.evaluate(`getComputedStyle(document.body).${property}`);
}

/** The mean of the three channels of `rgb(…)`, 0 to 255. */
function brightness(colour: string): number {
  const channels = (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  return channels.reduce((sum, channel) => sum + channel, 0) / channels.length;
}
