/** What members want to be notified of (spec/chime-messaging 3.2). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChannelMembershipPreferences } from '@aws-sdk/client-chime-sdk-messaging';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let ChannelArn: string;

before(async () => {
  venue = await openChimeVenue();
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
});
after(() => venue[Symbol.asyncDispose]());

const put = (Preferences: ChannelMembershipPreferences, MemberArn = bob, ChimeBearer = bob) =>
  venue.messaging.putChannelMembershipPreferences({ ChannelArn, MemberArn, ChimeBearer, Preferences });

const get = (MemberArn = bob, ChimeBearer = bob) =>
  venue.messaging.getChannelMembershipPreferences({ ChannelArn, MemberArn, ChimeBearer });

const FILTERED = {
  PushNotifications: { AllowNotifications: 'FILTERED', FilterRule: '{"mention": ["Bob"]}' },
} as const;

test('a member has none at first', async () => {
  const { $metadata, ...reply } = await get(alice, alice);
  assert.equal($metadata.httpStatusCode, 200);
  assert.deepEqual(reply, { ChannelArn, Member: { Arn: alice, Name: 'Alice' } });
});

test('are given back as they were put, and replaced as a whole', async () => {
  const Member = { Arn: bob, Name: 'Bob' };
  for (const Preferences of [
    FILTERED,
    { PushNotifications: { AllowNotifications: 'NONE', FilterRule: '{"type":[{"anything-but":["Room"]}]}' } },
    { PushNotifications: { AllowNotifications: 'ALL' } },
    {},
  ] as const) {
    const { $metadata, ...reply } = await put(Preferences);
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(reply, { ChannelArn, Member, Preferences });
    const { $metadata: _, ...kept } = await get();
    assert.deepEqual(kept, { ChannelArn, Member, Preferences });
  }
});

test('are the business of the member alone', async () => {
  await refused(put(FILTERED, bob, alice), 'ForbiddenException');
  await refused(get(bob, alice), 'ForbiddenException');
  await refused(put(FILTERED, alice, bob), 'ForbiddenException');
  await refused(get(alice, bob), 'ForbiddenException');
});

test('of a hidden member are its own too', async () => {
  const carol = await venue.user('carol');
  const hidden = { ChannelArn, ChimeBearer: alice, MemberArn: carol, Type: 'HIDDEN' } as const;
  await venue.messaging.createChannelMembership(hidden);
  await put(FILTERED, carol, carol);
  const { Preferences } = await get(carol, carol);
  assert.deepEqual(Preferences, FILTERED);
});

test('end with the membership', async () => {
  const dave = await venue.user('dave');
  const membership = { ChannelArn, ChimeBearer: alice, MemberArn: dave };
  await refused(put(FILTERED, dave, dave), 'ForbiddenException');
  await venue.messaging.createChannelMembership({ ...membership, Type: 'DEFAULT' });
  await put(FILTERED, dave, dave);
  await venue.messaging.createChannelBan(membership);
  await refused(put(FILTERED, dave, dave), 'ForbiddenException');
  await refused(get(dave, dave), 'ForbiddenException');
  await venue.messaging.deleteChannelBan(membership);
  await venue.messaging.createChannelMembership({ ...membership, Type: 'DEFAULT' });
  assert.equal((await get(dave, dave)).Preferences, undefined);
});

describe('refused', () => {
  const push = (AllowNotifications: string, FilterRule?: string) =>
    put({ PushNotifications: { AllowNotifications: AllowNotifications as 'ALL', FilterRule } });

  test('a rule that breaks the grammar, with the place', () =>
    refused(push('FILTERED', '{"mention":["Bob",7]}'), 'BadRequestException', {
      Code: 'BadRequest',
      message: 'FilterRule["mention"][1]: must be a string or {"anything-but": [...]}.',
    }));

  test('a rule that would never be followed, if it breaks the grammar', () =>
    refused(push('ALL', '{'), 'BadRequestException', { message: 'FilterRule: must be JSON.' }));

  test('a rule beyond 2 KB', () => refused(push('FILTERED', `{"a":["${'x'.repeat(2048)}"]}`), 'BadRequestException'));

  test('a filter without a rule', () => refused(push('FILTERED'), 'BadRequestException'));

  test('an unknown kind', () => refused(push('SOME'), 'BadRequestException'));
});
