/** Messages beyond the retention of their app instance are hidden (spec/chime-messaging 6). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { refused } from '../support/expect.ts';
import { chimeClients, openChimeVenue } from './support/venue.ts';

const DAY_MS = 86_400_000;

let offsetMs = 0;
const venue = await openChimeVenue({}, { ...systemClock(), now: () => Date.now() + offsetMs });
after(() => venue[Symbol.asyncDispose]());
const alice = await venue.user('alice');
await venue.identity.createAppInstanceAdmin({ AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: alice });
await venue.identity.putAppInstanceRetentionSettings({
  AppInstanceArn: venue.appInstanceArn,
  AppInstanceRetentionSettings: { ChannelRetentionSettings: { RetentionDays: 2 } },
});
const room = await venue.channel(alice);
const [old, recent] = [await venue.say(room, alice, 'old'), await venue.say(room, alice, 'old too')];
const of = { ChannelArn: room, ChimeBearer: alice };
const contents = async (messaging = venue.messaging) =>
  (await messaging.listChannelMessages(of)).ChannelMessages?.map(({ Content }) => Content);

/** A client that signs its next request with the server's time; by the answer it corrects itself. */
const later = () => {
  const { messaging } = chimeClients(venue.server.url);
  messaging.config.systemClockOffset = offsetMs;
  return messaging;
};
before(async () => {
  assert.deepEqual(await contents(), ['old too', 'old']);
  offsetMs = 2 * DAY_MS + 60_000;
});

test('they are not listed, whatever not-before says', async () => {
  assert.deepEqual(await contents(later()), []);
  const { ChannelMessages } = await later().listChannelMessages({ ...of, NotBefore: new Date(0) });
  assert.deepEqual(ChannelMessages, []);
});

test('they cannot be got, edited or redacted', async () => {
  const on = { ...of, MessageId: old };
  await refused(later().getChannelMessage(on), 'NotFoundException');
  await refused(later().getChannelMessageStatus(on), 'ForbiddenException');
  await refused(later().updateChannelMessage({ ...on, Content: 'x' }), 'ForbiddenException');
  await refused(later().redactChannelMessage(on), 'ForbiddenException');
});

test('an admin deletes them unseen', async () => {
  await later().deleteChannelMessage({ ...of, MessageId: recent });
  offsetMs = 0;
  assert.deepEqual(await contents(), ['old']);
});
