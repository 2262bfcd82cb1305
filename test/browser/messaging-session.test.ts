/** `amazon-chime-sdk-js` and the AWS SDK in a browser, unmodified, over TLS (spec/chime-messaging 2.5, 2.6, 9). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { stoppedClock } from '../wire/support/clock.ts';
import { relayTo } from '../wire/support/relay.ts';
import { startServer, type TestServer, temporaryDirectory } from '../wire/support/server.ts';
import { findChromium, launchChromium } from './support/chromium.ts';
import { type Keys, type MessagingPage, type MessagingSite, openMessagingSite } from './support/messaging-browser.ts';

const executable = findChromium();
const SECURE = { tls: true, 'tls-port': '0', limits: 'off' };

interface Lent {
  readonly AppInstanceArn: string;
  readonly AppInstanceUserArn: string;
  readonly Credentials: Keys;
}

/** The server's demo has people with credentials of their own, and channels that they are in. */
async function lend({ url }: { readonly url: string }, as: string): Promise<Lent> {
  const headers = { origin: url, 'x-parlor-demo': '1' };
  const response = await fetch(`${url}/demo/credentials`, { method: 'POST', headers, body: JSON.stringify({ as }) });
  assert.equal(response.status, 200);
  return response.json() as Promise<Lent>;
}

function tlsOf({ parlor }: TestServer): string {
  return parlor.tls?.url ?? '';
}

describe('the messaging session of the official client, in Chromium', {
  skip: executable === undefined ? 'Chromium is not installed' : false,
}, () => {
  let site: MessagingSite;
  let browser: Browser;
  let server: TestServer;
  let lobby: string;
  let alice: string;
  let bob: string;

  before(async () => {
    assert.ok(executable !== undefined);
    site = await openMessagingSite();
    browser = await launchChromium(executable);
    server = await startServer(SECURE);
    const { AppInstanceArn } = await lend(server, 'alice');
    lobby = `${AppInstanceArn}/channel/lobby`;
    alice = `${AppInstanceArn}/user/alice`;
    bob = `${AppInstanceArn}/user/bob`;
  });

  after(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  /** A page whose people have the keys that the demo lends them, fresh ones each time. */
  function openPage(url = server.url): Promise<MessagingPage> {
    return site.open(browser, async (name) => (await lend({ url }, name)).Credentials);
  }

  it('lets two clients talk, with other endpoints and keys than on AWS, and nothing else', async () => {
    await using page = await openPage();
    await page.start({ name: 'alice', endpoint: server.url, userArn: alice });
    await page.start({ name: 'bob', endpoint: tlsOf(server), userArn: bob });
    await page.say('alice', lobby, 'Hello Bob');
    await page.hear('bob', 'CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'Hello Bob');
    await page.say('bob', lobby, 'Hello Alice');
    const { payload } = await page.hear('alice', 'CREATE_CHANNEL_MESSAGE', (heard) => heard.payload.Sender.Arn === bob);
    assert.partialDeepStrictEqual(payload, { ChannelArn: lobby, Content: 'Hello Alice', Sender: { Name: 'Bob' } });
  });

  it('gives what was asked for beforehand: the channels with their latest messages', async () => {
    await using page = await openPage();
    await page.start({ name: 'bob', endpoint: server.url, userArn: bob });
    const { payload } = await page.hear(
      'bob',
      'CHANNEL_DETAILS',
      (heard) => heard.payload.Channel.ChannelArn === lobby,
    );
    assert.equal(payload.Channel.Name, 'Lobby');
    assert.equal(payload.ChannelMessages.length, 20);
    assert.equal(payload.ChannelMessagesHasMore, true);
    const happened = page.of('bob').map(({ what }) => what);
    assert.deepEqual(happened.slice(0, 3), ['connecting', 'started', 'SESSION_ESTABLISHED']);
  });

  it('refuses whoever may not connect as the user: 4003', async () => {
    await using page = await openPage();
    await assert.rejects(page.start({ name: 'bob', endpoint: server.url, userArn: alice }), /closed with 4003/);
    assert.deepEqual(
      page.of('bob').map(({ what }) => what),
      ['connecting'],
    );
  });

  it('refuses those who are nobody: 4401', async () => {
    await using page = await openPage();
    const nobody = bob.replace(':app-instance/', ':no-app-instance/');
    await assert.rejects(page.start({ name: 'bob', endpoint: server.url, userArn: nobody }), /closed with 4401/);
  });

  it('stops when another one with its id takes its place: 4002', async () => {
    await using page = await openPage();
    await page.start({ name: 'bob', endpoint: server.url, userArn: bob, sessionId: 'tab' });
    await using other = await openPage();
    await other.start({ name: 'bob', endpoint: server.url, userArn: bob, sessionId: 'tab' });
    assert.equal((await page.hear('bob', 'stopped')).code, 4002);
  });

  it('comes back when the connection drops', async () => {
    await using relay = await relayTo(tlsOf(server));
    await using page = await openPage();
    await page.start({ name: 'bob', endpoint: relay.url.replace('http:', 'https:'), userArn: bob });
    relay.cut();
    await page.comesBack('bob');
    await page.say('bob', lobby, 'I am back');
    await page.hear('bob', 'CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'I am back');
  });

  it('comes back when the server restarts: 1012', async () => {
    using directory = temporaryDirectory();
    const flags = { ...SECURE, 'data-dir': directory.path };
    await using first = await startServer(flags);
    const carol = (await lend(first, 'carol')).AppInstanceUserArn;
    await using page = await openPage(first.url);
    await page.start({ name: 'carol', endpoint: first.url, userArn: carol });
    const ports = { port: new URL(first.url).port, 'tls-port': new URL(tlsOf(first)).port };
    await first.parlor.drain();
    await using _second = await startServer({ ...flags, ...ports });
    await page.comesBack('carol');
  });

  it('comes back with fresh credentials when its own have expired: 1001', async () => {
    const clock = stoppedClock();
    await using timed = await startServer(SECURE, clock);
    const carol = (await lend(timed, 'carol')).AppInstanceUserArn;
    await using page = await openPage(timed.url);
    await page.start({ name: 'carol', endpoint: timed.url, userArn: carol });
    await page.page.clock.setSystemTime(clock.now() + 901_000);
    clock.advance(901_000);
    await page.comesBack('carol');
  });

  it('stops when the application says so', async () => {
    await using page = await openPage();
    await page.start({ name: 'bob', endpoint: server.url, userArn: bob });
    await page.stop('bob');
    await page.hear('bob', 'stopped');
  });
});
