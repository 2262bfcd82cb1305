/** How long an app instance keeps messages: hidden at once, deleted after 30 days (spec/chime-messaging 6, Retention). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const DAY_MS = 86_400_000;
const clock = stoppedClock();
let venue: ChimeVenue;
let alice: string;

before(async () => {
  venue = await openChimeVenue({}, clock);
  alice = await venue.user('alice');
  // Requests are signed in the server's time, which days pass in; the SDK would follow the `Date` of replies.
  for (const { config } of [venue.identity, venue.messaging]) {
    const get = () => clock.now() - Date.now();
    Object.defineProperty(config, 'systemClockOffset', { get, set: () => undefined });
  }
});
after(() => venue[Symbol.asyncDispose]());

/** Sets it, and gives when messages are deleted. @param days undefined: messages are kept */
async function put(RetentionDays: number | undefined): Promise<Date | undefined> {
  const AppInstanceArn = venue.appInstanceArn;
  const AppInstanceRetentionSettings = {
    ChannelRetentionSettings: RetentionDays === undefined ? {} : { RetentionDays },
  };
  const { $metadata, ...reply } = await venue.identity.putAppInstanceRetentionSettings({
    AppInstanceArn,
    AppInstanceRetentionSettings,
  });
  const { $metadata: _, ...kept } = await venue.identity.getAppInstanceRetentionSettings({ AppInstanceArn });
  assert.deepEqual(kept, reply);
  assert.deepEqual(reply.AppInstanceRetentionSettings, AppInstanceRetentionSettings);
  return reply.InitiateDeletionTimestamp;
}

const inDays = (days: number) => new Date(clock.now() + days * DAY_MS);

async function contentsOf(ChannelArn: string) {
  const { ChannelMessages = [] } = await venue.messaging.listChannelMessages({
    ChannelArn,
    ChimeBearer: alice,
    SortOrder: 'ASCENDING',
  });
  return ChannelMessages.map(({ Content }) => Content);
}

test('without settings messages are kept', async () => {
  const { $metadata, ...settings } = await venue.identity.getAppInstanceRetentionSettings({
    AppInstanceArn: venue.appInstanceArn,
  });
  assert.deepEqual(settings, { AppInstanceRetentionSettings: { ChannelRetentionSettings: {} } });
});

test('deletion begins 30 days after it is asked for; asking for less later gives no new grace, for more does', async () => {
  const first = await put(30);
  assert.deepEqual(first, inDays(30));
  clock.advance(10 * DAY_MS);
  assert.deepEqual(await put(30), first);
  assert.deepEqual(await put(60), first);
  assert.deepEqual(await put(7), inDays(30));
  assert.equal(await put(undefined), undefined);
  assert.deepEqual(await put(60), inDays(30));
  await put(undefined);
});

test('what is older is hidden, and comes back when the settings are relaxed or switched off', async () => {
  const ChannelArn = await venue.channel(alice);
  const MessageId = await venue.say(ChannelArn, alice, 'old');
  clock.advance(2 * DAY_MS);
  await venue.say(ChannelArn, alice, 'new');
  assert.deepEqual(await contentsOf(ChannelArn), ['old', 'new']);
  await put(1);
  assert.deepEqual(await contentsOf(ChannelArn), ['new']);
  const request = { ChannelArn, MessageId, ChimeBearer: alice };
  await refused(venue.messaging.getChannelMessage(request), 'NotFoundException');
  await put(3);
  assert.deepEqual(await contentsOf(ChannelArn), ['old', 'new']);
  await put(1);
  await put(undefined);
  assert.deepEqual(await contentsOf(ChannelArn), ['old', 'new']);
});

test('it is 1 day to 15 years', async () => {
  for (const days of [0, 5476, 1.5]) await refused(put(days), 'BadRequestException', { Code: 'BadRequest' });
  assert.ok(await put(1));
  assert.ok(await put(5475));
  const { identity, appInstanceArn: AppInstanceArn } = venue;
  const nothing = { AppInstanceArn, AppInstanceRetentionSettings: undefined };
  await refused(identity.putAppInstanceRetentionSettings(nothing), 'BadRequestException');
  await identity.putAppInstanceRetentionSettings({ AppInstanceArn, AppInstanceRetentionSettings: {} });
  const settings = await identity.getAppInstanceRetentionSettings({ AppInstanceArn });
  assert.equal(settings.InitiateDeletionTimestamp, undefined);
});

test('that of one app instance says nothing of another', async () => {
  await put(1);
  const { AppInstanceArn } = await venue.identity.createAppInstance({ Name: 'other', ClientRequestToken: 'other' });
  const { AppInstanceRetentionSettings } = await venue.identity.getAppInstanceRetentionSettings({ AppInstanceArn });
  assert.deepEqual(AppInstanceRetentionSettings, { ChannelRetentionSettings: {} });
  const AppInstanceArn2 = venue.appInstanceArn.replace(/.$/, 'x');
  await refused(
    venue.identity.putAppInstanceRetentionSettings({
      AppInstanceArn: AppInstanceArn2,
      AppInstanceRetentionSettings: { ChannelRetentionSettings: { RetentionDays: 1 } },
    }),
    'ForbiddenException',
  );
});
