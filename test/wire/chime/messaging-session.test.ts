/** `amazon-chime-sdk-js`, unmodified, over TLS with a certificate of the server's own CA (spec/chime-messaging 2.6, 9). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { ROOT_KEY, startServer, temporaryDirectory } from '../support/server.ts';
import { trust } from '../support/trust.ts';
import { Participant } from './support/participant.ts';
import { type ChimeVenue, chimeClients, openChimeVenue } from './support/venue.ts';

const directory = temporaryDirectory();
const secure = { tls: true, 'tls-port': '0', 'data-dir': directory.path };
let venue: ChimeVenue;
let alice: string;
let bob: string;
let channel: string;

before(async () => {
  venue = await openChimeVenue(secure);
  trust(readFileSync(venue.server.parlor.tls?.caFile ?? '', 'utf8'));
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  channel = await venue.channel(alice, { MemberArns: [bob] });
});
after(async () => {
  await venue[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

test('it is told to connect to the TLS listener, by the name it has asked at', async () => {
  const { Endpoint } = await venue.messaging.getMessagingSessionEndpoint();
  const { host } = new URL(venue.server.parlor.tls?.url ?? '');
  assert.equal(Endpoint?.Url, host);
});

test('it starts, and receives what happens', async () => {
  using participant = new Participant(venue.messaging, bob);
  await participant.session.start();
  await venue.say(channel, alice, 'hello');
  await eventually(() => participant.received.length === 2);
  assert.deepEqual(participant.types, ['SESSION_ESTABLISHED', 'CREATE_CHANNEL_MESSAGE']);
  assert.partialDeepStrictEqual(participant.received[1]?.payload, { Content: 'hello', Sender: { Name: 'Alice' } });
  assert.equal(participant.starts, 1);
});

test('it receives the details of its channels when it prefetches', async () => {
  using participant = new Participant(venue.messaging, bob, { prefetch: true });
  await participant.session.start();
  await eventually(() => participant.types.includes('CHANNEL_DETAILS'));
  const details = participant.received.find(({ type }) => type === 'CHANNEL_DETAILS')?.payload;
  assert.partialDeepStrictEqual(details, { Channel: { ChannelArn: channel } });
});

test('it learns that its credentials are no good: 4401', async () => {
  const { messaging, identity } = chimeClients(venue.server.url);
  const wrong = chimeClients(venue.server.url, { ...ROOT_KEY, secretAccessKey: 'another' });
  // It asks for the endpoint with good credentials, and signs with bad ones.
  const client = Object.assign(wrong.messaging, {
    getMessagingSessionEndpoint: messaging.getMessagingSessionEndpoint.bind(messaging),
  });
  using participant = new Participant(client, bob);
  await assert.rejects(participant.session.start(), { code: 4401 });
  assert.equal(participant.starts, 0);
  for (const each of [messaging, identity, wrong.messaging, wrong.identity]) each.destroy();
});

test('it stops when its user is deleted, and when another takes its place', async () => {
  const carol = await venue.user('carol');
  using first = new Participant(venue.messaging, carol, { sessionId: 'tab' });
  await first.session.start();
  using second = new Participant(venue.messaging, carol, { sessionId: 'tab' });
  await second.session.start();
  await eventually(() => first.stops.length > 0);
  assert.deepEqual(first.stops, [4002]);
  await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: carol });
  await eventually(() => second.stops.length > 0);
  assert.deepEqual([second.stops, second.starts], [[4003], 1]);
});

test('it comes back when the server restarts', async () => {
  using own = temporaryDirectory();
  const first = await openChimeVenue({ ...secure, 'data-dir': own.path });
  trust(readFileSync(first.server.parlor.tls?.caFile ?? '', 'utf8'));
  const dave = await first.user('dave');
  const general = await first.channel(dave);
  const { url, parlor } = first.server;
  using participant = new Participant(first.messaging, dave, { prefetch: true });
  await participant.session.start();
  const ports = { port: new URL(url).port, 'tls-port': new URL(parlor.tls?.url ?? '').port };
  await parlor.drain();
  await using _next = await startServer({ ...secure, limits: 'off', 'data-dir': own.path, ...ports });
  await eventually(() => participant.types.filter((type) => type === 'CHANNEL_DETAILS').length === 2);
  assert.deepEqual([participant.starts, participant.stops], [2, []]);
  await first.say(general, dave, 'hello again');
  await eventually(() => participant.types.includes('CREATE_CHANNEL_MESSAGE'));
  participant.session.stop();
  await first[Symbol.asyncDispose]();
});
