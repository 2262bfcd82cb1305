import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { stoppedClock } from '../wire/support/clock.ts';
import { startServer as startHere } from '../wire/support/server.ts';
import { findChromium, launchChromium } from './support/chromium.ts';
import { type RunningServer, startServer } from './support/server.ts';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));
const SECRET = 'a-secret-that-no-page-may-ever-show-40ch';
const WAIT_MS = 15_000;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const executable = findChromium();

describe('the demo of Chime SDK messaging in Chromium', {
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
    server = await serve('0', '0');
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

  function serve(port: string, tlsPort: string, ...args: string[]): Promise<RunningServer> {
    return startServer(['--port', port, '--tls-port', tlsPort, '--data-dir', dataDirectory, ...args], {
      PARLOR_SECRET_ACCESS_KEY: SECRET,
      PARLOR_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00',
    });
  }

  /** Certificates of the local CA are taken, as by somebody who has accepted the warning. */
  async function openPage(options: BrowserContextOptions = {}, origin = server.tlsUrl): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP, ignoreHTTPSErrors: true, ...options });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${origin}/demo/messaging`);
    return page;
  }

  /** The page with all three connected and reading the Lobby. */
  async function openDemo(options?: BrowserContextOptions) {
    const page = await openPage(options);
    const people = { alice: pane(page, 'Alice'), bob: pane(page, 'Bob'), carol: pane(page, 'Carol') };
    await Promise.all(Object.values(people).map((person) => person.reads('Lobby')));
    return { page, ...people, events: page.getByRole('list', { name: 'Events, newest first' }) };
  }

  it('shows what anybody says to all three', async () => {
    const { page, alice, bob, carol } = await openDemo();
    await alice.say('Good morning');
    await bob.say('Morning, Alice');
    await carol.say('What have I missed?');
    for (const { messages } of [alice, bob, carol]) {
      for (const said of ['Good morning', 'Morning, Alice', 'What have I missed?']) {
        await messages.getByText(said, { exact: true }).waitFor();
      }
    }
    await page.screenshot({ path: join(ARTIFACTS, 'messaging-demo-light.png'), fullPage: true });
  });

  it('marks a channel with something new for those who read another one, until they read it', async () => {
    const { alice, bob } = await openDemo();
    await bob.channel('Kitchen').click();
    await bob.reads('Kitchen');
    await bob.unread('Kitchen').waitFor({ state: 'detached' });
    await alice.say('Bob does not see this yet');
    await bob.unread('Lobby').waitFor();
    assert.equal(await alice.unread('Lobby').count(), 0);
    await bob.channel('Lobby').click();
    await bob.messages.getByText('Bob does not see this yet', { exact: true }).waitFor();
    await bob.unread('Lobby').waitFor({ state: 'detached' });
  });

  it('remembers what has been read', async () => {
    const first = await openDemo();
    const marked = first.page.waitForResponse(
      (response) => response.url().endsWith('kitchen/readMarker') && response.ok(),
    );
    await first.carol.channel('Kitchen').click();
    await marked;
    const { carol } = await openDemo();
    await carol.channel('Kitchen').waitFor();
    assert.equal(await carol.unread('Kitchen').count(), 0);
  });

  it('tells the others that somebody is typing, until they have said it', async () => {
    const { alice, bob, carol } = await openDemo();
    await bob.draft.pressSequentially('wait');
    await alice.region.getByText('Bob is typing').waitFor();
    await carol.region.getByText('Bob is typing').waitFor();
    assert.equal(await bob.region.getByText('is typing').count(), 0);
    await bob.draft.press('Enter');
    await alice.region.getByText('Bob is typing').waitFor({ state: 'detached' });
  });

  it('loads older messages as one scrolls up, to the beginning, and keeps the place', async () => {
    const { carol } = await openDemo();
    const { messages } = carol;
    const oldest = messages.locator('.bubble').first();
    const beginning = messages.getByText('The beginning of the channel');
    await messages.getByText('Scroll up for older messages').waitFor();
    while (!(await beginning.isVisible())) {
      const before = (await oldest.textContent()) ?? '';
      await messages.press('Home');
      await oldest.filter({ hasText: before }).waitFor({ state: 'detached' });
      const [box, view] = await Promise.all([
        messages.getByText(before, { exact: true }).boundingBox(),
        messages.boundingBox(),
      ]);
      assert.ok(box !== null && view !== null && box.y >= view.y && box.y < view.y + view.height, before);
      await messages.getByText('Loading older messages').waitFor({ state: 'detached' });
    }
    const texts = await messages.locator('.bubble').allTextContents();
    const earlier = texts.filter((text) => text.startsWith('Earlier message'));
    assert.deepEqual(
      earlier,
      Array.from({ length: 60 }, (_, index) => `Earlier message ${index + 1} of 60`),
    );
  });

  it('shows a redaction to all, who keep the place of the message', async () => {
    const { alice, bob, carol } = await openDemo();
    await bob.say('a slip of the tongue');
    await bob.button('Redact “a slip of the tongue”').click();
    for (const { messages } of [alice, bob, carol]) {
      await messages.getByText('a slip of the tongue', { exact: true }).waitFor({ state: 'detached' });
      await messages.getByText('This message was redacted.').last().waitFor();
    }
  });

  it("lets the moderator redact anybody's message, and others their own alone", async () => {
    const { alice, bob, carol } = await openDemo();
    await bob.say('something rude');
    await carol.messages.getByText('something rude', { exact: true }).waitFor();
    assert.equal(await carol.button('Redact “something rude”').count(), 0);
    await alice.button('Redact “something rude”').click();
    await carol.messages.getByText('something rude', { exact: true }).waitFor({ state: 'detached' });
  });

  it('lets the moderator remove somebody, who is told, and add them again', async () => {
    const { page, alice, bob } = await openDemo();
    await alice.openMembers();
    await bob.openMembers();
    assert.equal(await bob.button(/^Remove/).count(), 0);
    await alice.button('Remove Bob').click();
    await bob.alert.getByText('You were removed from Lobby.').waitFor();
    await bob.reads('Kitchen');
    assert.equal(await bob.channel('Lobby').count(), 0);
    await page.screenshot({ path: join(ARTIFACTS, 'messaging-demo-removed.png'), fullPage: true });
    await alice.say('without Bob');
    await alice.button('Add Bob').click();
    await bob.channel('Lobby').click();
    await bob.messages.getByText('without Bob', { exact: true }).waitFor();
  });

  it('lets anybody make a channel, and moderate it', async () => {
    const { bob, carol } = await openDemo();
    await bob.button('New channel').click();
    await bob.region.getByLabel('Name of the new channel').fill('Terrace');
    await bob.region.getByLabel('Name of the new channel').press('Enter');
    await bob.reads('Terrace');
    await bob.messages.getByText('Nothing said yet.').waitFor();
    await bob.openMembers();
    await bob.button('Add Carol').click();
    await bob.say('Nice out here');
    await carol.unread('Terrace').waitFor();
    await carol.channel('Terrace').click();
    await carol.messages.getByText('Nice out here', { exact: true }).waitFor();
  });

  it('lists the events of all three as they came, and of one when asked', async () => {
    const { page, alice, events } = await openDemo();
    await alice.say('for the list');
    const said = events.getByRole('listitem').filter({ hasText: 'Alice: for the list' });
    await said.nth(2).waitFor();
    await said.first().locator('summary').click();
    const frame: unknown = JSON.parse((await said.first().locator('code').textContent()) ?? '');
    assert.ok(typeof frame === 'object' && frame !== null && 'Headers' in frame);
    assert.deepEqual(frame.Headers, {
      'x-amz-chime-event-type': 'CREATE_CHANNEL_MESSAGE',
      'x-amz-chime-message-type': 'STANDARD',
    });
    await page.getByLabel('Whose events are shown').selectOption('carol');
    await said.nth(1).waitFor({ state: 'detached' });
    assert.equal(await said.count(), 1);
  });

  it('disconnects and connects as one wishes, and shows what was missed', async () => {
    const { alice, carol } = await openDemo();
    await carol.button('Disconnect').click();
    await carol.state.getByText('Disconnected').waitFor();
    await alice.say('Carol is away');
    await carol.button('Connect').click();
    await carol.connected();
    await carol.messages.getByText('Carol is away', { exact: true }).waitFor();
  });

  it('works with the keyboard alone', async () => {
    const { page, alice, bob } = await openDemo();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const order: string[] = [];
    while (order.at(-1) !== 'Message as Alice') {
      await page.keyboard.press('Tab');
      const name = await focused(page);
      order.push(name);
      assert.ok(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), name);
    }
    assert.deepEqual(order.slice(0, 2), ['Disconnect', 'Lobby']);
    await page.keyboard.type('typed');
    await page.keyboard.press('Enter');
    await alice.messages.getByText('typed', { exact: true }).waitFor();
    await bob.messages.getByText('typed', { exact: true }).waitFor();
  });

  it('fits a phone, one person below the other', async () => {
    const { page, alice, bob } = await openDemo({ viewport: PHONE, isMobile: true, hasTouch: true });
    await alice.say(`a long word: ${'m'.repeat(120)}`);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), PHONE.width);
    const [above, below] = await Promise.all([alice.region.boundingBox(), bob.region.boundingBox()]);
    assert.ok(above !== null && below !== null && above.y + above.height <= below.y);
    await page.screenshot({ path: join(ARTIFACTS, 'messaging-demo-phone.png'), fullPage: true });
  });

  it('is dark where the reader prefers it', async () => {
    const { page } = await openDemo({ colorScheme: 'dark' });
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(15, 18, 17)');
    await page.screenshot({ path: join(ARTIFACTS, 'messaging-demo-dark.png'), fullPage: true });
  });

  it('leads from the page without TLS to the one with it', async () => {
    const page = await openPage({}, server.url);
    assert.equal(await page.getByRole('article').count(), 0);
    await page.getByText('tls-ca.pem').waitFor();
    await page.getByRole('link', { name: /^https:/ }).click();
    await pane(page, 'Alice').reads('Lobby');
  });

  it('says what is missing where there is no TLS at all', async () => {
    const other = await mkdtemp(join(tmpdir(), 'parlor-browser-'));
    await using plain = await startServer(['--port', '0', '--no-tls', '--data-dir', other]);
    const page = await openPage({}, plain.url);
    await page.getByText('this server has no TLS listener').waitFor();
    await page.context().close(); // before its server is gone
    await rm(other, { recursive: true, force: true });
  });

  it('is linked from the welcome page', async () => {
    const page = await openPage();
    await page.goto(server.url);
    await page.getByRole('link', { name: 'the demo of Chime SDK messaging' }).click();
    await page.waitForURL(/\/demo\/messaging$/);
  });

  it('says how to switch the demo on when it is off', async () => {
    const other = await mkdtemp(join(tmpdir(), 'parlor-browser-'));
    await using quiet = await startServer(['--port', '0', '--tls-port', '0', '--data-dir', other, '--no-demo']);
    const page = await openPage({}, quiet.tlsUrl);
    await page.getByText('npm start -- --demo').waitFor();
    await page.context().close(); // before its server is gone
    await rm(other, { recursive: true, force: true });
  });

  it('comes back with new credentials when those it was lent have expired', async () => {
    const clock = stoppedClock();
    await using timed = await startHere({ tls: true, 'tls-port': '0', limits: 'off' }, clock);
    const page = await openPage({}, timed.parlor.tls?.url);
    const [alice, bob] = [pane(page, 'Alice'), pane(page, 'Bob')];
    await Promise.all([alice.reads('Lobby'), bob.reads('Lobby')]);
    await page.clock.setSystemTime(clock.now() + 901_000);
    clock.advance(901_000);
    const closed = page.getByRole('list', { name: 'Events, newest first' }).getByText(/^closed 1001/);
    await closed.nth(2).waitFor();
    await Promise.all([alice.connected(), bob.connected()]);
    await alice.say('a quarter of an hour later');
    await bob.messages.getByText('a quarter of an hour later', { exact: true }).waitFor();
    await page.context().close(); // before its server is gone
  });

  it('comes back by itself when the server has died and started again', async () => {
    const { alice, bob, carol } = await openDemo();
    const ports = [new URL(server.url).port, new URL(server.tlsUrl ?? '').port] as const;
    await server.kill();
    await alice.state.getByText('Connecting').waitFor();
    server = await serve(...ports);
    await Promise.all([alice, bob, carol].map((person) => person.connected()));
    await bob.say('still here');
    await alice.messages.getByText('still here', { exact: true }).waitFor();
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
  button(name: string | RegExp): Locator;
  channel(name: string): Locator;
  unread(channel: string): Locator;
  openMembers(): Promise<void>;
  connected(): Promise<void>;
  /** Waits until the channel is the one that is shown. */
  reads(channel: string): Promise<void>;
  /** Types the message, sends it with Enter and waits until it has come back. */
  say(content: string): Promise<void>;
}

function pane(page: Page, name: string): Pane {
  const region = page.getByRole('article', { name });
  const messages = region.getByRole('log');
  const draft = region.getByLabel(`Message as ${name}`);
  const state = region.locator('.connection');
  const channel = (title: string) =>
    region.getByRole('navigation').getByRole('button', { name: new RegExp(`^${title}(?: *unread)?$`) });
  return {
    region,
    messages,
    state,
    alert: region.getByRole('alert'),
    draft,
    channel,
    button: (label) =>
      region.getByRole('button', typeof label === 'string' ? { name: label, exact: true } : { name: label }),
    unread: (title) => channel(title).getByText('unread'),
    openMembers: () => region.locator('.members summary').click(),
    connected: () => state.getByText('Connected', { exact: true }).waitFor(),
    async reads(title) {
      await state.getByText('Connected', { exact: true }).waitFor();
      await region.getByRole('navigation').locator(`[aria-current=true]:has-text("${title}")`).waitFor();
    },
    async say(content) {
      await draft.fill(content);
      await draft.press('Enter');
      await messages.getByText(content, { exact: true }).last().waitFor();
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
