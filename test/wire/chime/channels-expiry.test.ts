/** Channels, users and messages end by the passing of time (spec/chime-messaging 3.7, 6). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { refused } from '../support/expect.ts';
import { temporaryDirectory } from '../support/server.ts';
import { type Calendar, calendar } from './support/calendar.ts';
import type { Listener } from './support/listener.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const after = (ExpirationDays: number, ExpirationCriterion: 'CREATED_TIMESTAMP' | 'LAST_MESSAGE_TIMESTAMP') => ({
  ExpirationSettings: { ExpirationDays, ExpirationCriterion },
});

async function settingsOf({ messaging }: ChimeVenue, ChannelArn: string, ChimeBearer: string) {
  return (await messaging.describeChannel({ ChannelArn, ChimeBearer })).Channel?.ExpirationSettings;
}

/** Two days later, when all that was over by now is gone: the round in which a second channel expires follows a whole one. */
async function settled(clock: Calendar, venue: ChimeVenue, userArn: string, listener: Listener): Promise<void> {
  for (const Name of ['first', 'second']) {
    await venue.channel(userArn, { Name, ...after(1, 'CREATED_TIMESTAMP') });
    clock.pass(1, venue);
    await listener.hear('DELETE_CHANNEL', ({ payload }) => payload.Name === Name);
  }
}

describe('PutChannelExpirationSettings', () => {
  test('sets, changes and removes them', async () => {
    await using venue = await openChimeVenue();
    const alice = await venue.user('alice');
    const ChannelArn = await venue.channel(alice);
    const on = { ChannelArn, ChimeBearer: alice };
    const settings = after(5475, 'LAST_MESSAGE_TIMESTAMP');
    const { $metadata, ...reply } = await venue.messaging.putChannelExpirationSettings({ ...on, ...settings });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(reply, { ChannelArn, ...settings });
    assert.deepEqual(await settingsOf(venue, ChannelArn, alice), settings.ExpirationSettings);
    const { $metadata: _, ...removed } = await venue.messaging.putChannelExpirationSettings(on);
    assert.deepEqual(removed, { ChannelArn });
    assert.equal(await settingsOf(venue, ChannelArn, alice), undefined);
  });

  test('refuses what breaks the limits of the model', async () => {
    await using venue = await openChimeVenue();
    const alice = await venue.user('alice');
    const on = { ChannelArn: await venue.channel(alice), ChimeBearer: alice };
    for (const days of [0, 5476, 1.5]) {
      const settings = after(days, 'CREATED_TIMESTAMP');
      await refused(venue.messaging.putChannelExpirationSettings({ ...on, ...settings }), 'BadRequestException');
    }
  });
});

describe('a channel that expires', () => {
  test('is deleted so many days after it was created, whatever is said in it', async () => {
    const clock = calendar();
    await using venue = await openChimeVenue({}, clock);
    const [alice, bob] = [await venue.user('alice', 'Alice'), await venue.user('bob')];
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob], ...after(2, 'CREATED_TIMESTAMP') });
    const listener = await venue.connect(bob);
    clock.pass(1, venue);
    await venue.say(ChannelArn, alice, 'still here');
    clock.pass(1, venue);
    const { payload, messageType } = await listener.hear('DELETE_CHANNEL');
    assert.equal(messageType, 'SYSTEM');
    assert.partialDeepStrictEqual(payload, { ChannelArn, ...after(2, 'CREATED_TIMESTAMP') });
    await refused(venue.messaging.describeChannel({ ChannelArn, ChimeBearer: alice }), 'ForbiddenException');
    assert.deepEqual(listener.types, ['CREATE_CHANNEL_MESSAGE', 'DELETE_CHANNEL']);
  });

  test('is put off by messages, if these count, even those that few may see', async () => {
    const clock = calendar();
    await using venue = await openChimeVenue({}, clock);
    const [alice, bob] = [await venue.user('alice'), await venue.user('bob')];
    const settings = after(2, 'LAST_MESSAGE_TIMESTAMP');
    const names = ['silent', 'talking', 'whispering'];
    const [silent = '', talking = '', whispering = ''] = await Promise.all(
      names.map((Name) => venue.channel(alice, { Name, MemberArns: [bob], ...settings })),
    );
    const listener = await venue.connect(bob);
    clock.pass(1, venue);
    await venue.say(talking, alice, 'hello');
    await venue.messaging.sendChannelMessage({
      ChannelArn: whispering,
      ChimeBearer: alice,
      Content: 'psst',
      Type: 'STANDARD',
      Persistence: 'PERSISTENT',
      Target: [{ MemberArn: alice }],
      ClientRequestToken: crypto.randomUUID(),
    });
    clock.pass(1, venue);
    await listener.hear('DELETE_CHANNEL', ({ payload }) => payload.ChannelArn === silent);
    for (const ChannelArn of [talking, whispering]) {
      await venue.messaging.describeChannel({ ChannelArn, ChimeBearer: alice });
    }
    clock.pass(1, venue);
    for (const arn of [talking, whispering]) {
      await listener.hear('DELETE_CHANNEL', ({ payload }) => payload.ChannelArn === arn);
    }
  });

  test('lives on when its settings are changed or removed in time', async () => {
    const clock = calendar();
    await using venue = await openChimeVenue({}, clock);
    const alice = await venue.user('alice');
    const create = () => venue.channel(alice, after(1, 'CREATED_TIMESTAMP'));
    const [expiring, prolonged, lasting] = [await create(), await create(), await create()];
    const { messaging } = venue;
    const longer = { ChannelArn: prolonged, ChimeBearer: alice, ...after(3, 'CREATED_TIMESTAMP') };
    await messaging.putChannelExpirationSettings(longer);
    await messaging.putChannelExpirationSettings({ ChannelArn: lasting, ChimeBearer: alice });
    const listener = await venue.connect(alice);
    const gone = (arn: string) => listener.hear('DELETE_CHANNEL', ({ payload }) => payload.ChannelArn === arn);
    clock.pass(1, venue);
    await gone(expiring);
    clock.pass(2, venue);
    await gone(prolonged);
    clock.pass(5475, venue);
    await settled(clock, venue, alice, listener);
    assert.equal(await settingsOf(venue, lasting, alice), undefined);
  });
});

test('a user that expires is deleted like one that is deleted', async () => {
  const clock = calendar();
  await using venue = await openChimeVenue({}, clock);
  const [alice, bob] = [await venue.user('alice'), await venue.user('bob')];
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
  const [a, b] = [await venue.connect(alice), await venue.connect(bob)];
  await venue.identity.putAppInstanceUserExpirationSettings({
    AppInstanceUserArn: bob,
    ExpirationSettings: { ExpirationDays: 1, ExpirationCriterion: 'CREATED_TIMESTAMP' },
  });
  clock.pass(1, venue);
  assert.equal(await b.closed, 4003);
  const { payload } = await a.hear('DELETE_CHANNEL_MEMBERSHIP');
  assert.partialDeepStrictEqual(payload, { ChannelArn, Member: { Arn: bob } });
  await refused(venue.say(ChannelArn, bob, 'hello'), 'UnauthorizedClientException');
  await refused(venue.identity.describeAppInstanceUser({ AppInstanceUserArn: bob }), 'NotFoundException');
});

test('messages beyond the retention are deleted for good once its grace period is over', async () => {
  const clock = calendar();
  await using venue = await openChimeVenue({}, clock);
  const { messaging, identity, appInstanceArn: AppInstanceArn } = venue;
  const alice = await venue.user('alice');
  const ChannelArn = await venue.channel(alice);
  const listener = await venue.connect(alice);
  const retain = (RetentionDays?: number) =>
    identity.putAppInstanceRetentionSettings({
      AppInstanceArn,
      AppInstanceRetentionSettings: { ChannelRetentionSettings: { RetentionDays } },
    });
  const contents = async () => {
    const on = { ChannelArn, ChimeBearer: alice, SortOrder: 'ASCENDING' } as const;
    const { ChannelMessages = [] } = await messaging.listChannelMessages(on);
    return ChannelMessages.map(({ Content }) => Content);
  };
  for (let i = 0; i < 250; i++) await venue.say(ChannelArn, alice, `old ${i}`);
  clock.pass(1, venue);
  await venue.say(ChannelArn, alice, 'older');
  await retain(5);
  clock.pass(29, venue);
  assert.deepEqual(await contents(), []);
  await retain();
  assert.equal((await contents()).length, 50);
  await retain(5);
  clock.pass(29, venue);
  await venue.say(ChannelArn, alice, 'young');
  await settled(clock, venue, alice, listener);
  await retain();
  assert.deepEqual(await contents(), ['young']);
});

test('expiries are in the audit log', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'audit.jsonl');
  const clock = calendar();
  await using venue = await openChimeVenue({ 'audit-log': file }, clock);
  const alice = await venue.user('alice');
  const ChannelArn = await venue.channel(alice, after(1, 'CREATED_TIMESTAMP'));
  await venue.identity.putAppInstanceUserExpirationSettings({
    AppInstanceUserArn: alice,
    ExpirationSettings: { ExpirationDays: 1, ExpirationCriterion: 'CREATED_TIMESTAMP' },
  });
  clock.pass(1, venue);
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"expiry"'))
      .map((line) => JSON.parse(line));
  await eventually(() => lines().length === 2, 'two lines');
  const told = lines().map(({ time: _, ...line }) => line);
  const common = { event: 'expiry', service: 'chime', status: 200, elapsedMs: 0 };
  const channel = { ...common, operation: 'ExpireChannel', resources: [ChannelArn] };
  const user = { ...common, operation: 'ExpireAppInstanceUser', resources: [alice] };
  assert.deepEqual(new Set(told), new Set([channel, user]));
});
