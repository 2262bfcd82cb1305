/** Moderators of a channel (spec/chime-messaging 3.3). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let carol: string;

before(async () => {
  venue = await openChimeVenue({ limit: ['moderators-per-channel=3'] });
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  carol = await venue.user('carol', 'Carol');
});
after(() => venue[Symbol.asyncDispose]());

const appoint = (ChannelArn: string, ChannelModeratorArn: string, ChimeBearer = alice) =>
  venue.messaging.createChannelModerator({ ChannelArn, ChannelModeratorArn, ChimeBearer });

const dismiss = (ChannelArn: string, ChannelModeratorArn: string, ChimeBearer = alice) =>
  venue.messaging.deleteChannelModerator({ ChannelArn, ChannelModeratorArn, ChimeBearer });

const describeOf = (ChannelArn: string, ChannelModeratorArn: string, ChimeBearer = alice) =>
  venue.messaging.describeChannelModerator({ ChannelArn, ChannelModeratorArn, ChimeBearer });

async function list(ChannelArn: string) {
  const { ChannelModerators = [] } = await venue.messaging.listChannelModerators({ ChannelArn, ChimeBearer: alice });
  return ChannelModerators.map(({ Moderator }) => Moderator?.Name);
}

test('CreateChannelModerator appoints, whether member or not', async () => {
  const ChannelArn = await venue.channel(alice);
  const { $metadata, ...reply } = await appoint(ChannelArn, bob);
  assert.equal($metadata.httpStatusCode, 201);
  assert.deepEqual(reply, { ChannelArn, ChannelModerator: { Arn: bob, Name: 'Bob' } });
  const { ChannelModerator } = await describeOf(ChannelArn, bob);
  const { CreatedTimestamp, ...rest } = ChannelModerator ?? {};
  assert.ok(CreatedTimestamp instanceof Date);
  const CreatedBy = { Arn: alice, Name: 'Alice' };
  assert.deepEqual(rest, { Moderator: { Arn: bob, Name: 'Bob' }, ChannelArn, CreatedBy });
});

test('a moderator appoints others and adds members, but sends as a member only', async () => {
  const ChannelArn = await venue.channel(alice);
  await appoint(ChannelArn, bob);
  await appoint(ChannelArn, carol, bob);
  const member = { ChannelArn, ChimeBearer: carol, MemberArn: bob, Type: 'DEFAULT' } as const;
  await refused(venue.say(ChannelArn, bob, 'hello'), 'ForbiddenException');
  await venue.messaging.createChannelMembership(member);
  await venue.say(ChannelArn, bob, 'hello');
});

test('refuses who is a moderator already', async () => {
  const ChannelArn = await venue.channel(alice);
  await refused(appoint(ChannelArn, alice), 'ConflictException', { Code: 'Conflict' });
});

test('refuses who is banned', async () => {
  const ChannelArn = await venue.channel(alice);
  await venue.messaging.createChannelBan({ ChannelArn, MemberArn: bob, ChimeBearer: alice });
  await refused(appoint(ChannelArn, bob), 'ForbiddenException');
  await venue.messaging.deleteChannelBan({ ChannelArn, MemberArn: bob, ChimeBearer: alice });
  await appoint(ChannelArn, bob);
});

test('refuses who is nobody in the app instance', async () => {
  const ChannelArn = await venue.channel(alice);
  for (const nobody of [`${bob}by`, ChannelArn, bob.replace('us-east-1', 'eu-central-1')]) {
    await refused(appoint(ChannelArn, nobody), 'ForbiddenException', {
      message: 'An invalid app instance user ARN was supplied for the input parameter.',
    });
  }
  await refused(appoint(ChannelArn, 'bob'), 'BadRequestException');
});

test('a channel has so many moderators and no more', async () => {
  const ChannelArn = await venue.channel(alice);
  await appoint(ChannelArn, bob);
  await appoint(ChannelArn, carol);
  const dave = await venue.user('dave');
  await refused(appoint(ChannelArn, dave), 'ResourceLimitExceededException', { Code: 'ResourceLimitExceeded' });
  assert.deepEqual(await list(ChannelArn), ['Alice', 'Bob', 'Carol']);
  await dismiss(ChannelArn, bob);
  await appoint(ChannelArn, dave);
});

describe('DescribeChannelModerator', () => {
  test('does not find who is none', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    await refused(describeOf(ChannelArn, bob), 'NotFoundException');
    await refused(describeOf(ChannelArn, `${alice}x`), 'NotFoundException');
  });
});

describe('ListChannelModerators', () => {
  test('comes in pages', async () => {
    const ChannelArn = await venue.channel(alice, { ModeratorArns: [carol, bob] });
    const on = { ChannelArn, ChimeBearer: alice, MaxResults: 2 };
    const { NextToken, ...first } = await venue.messaging.listChannelModerators(on);
    assert.equal(first.ChannelArn, ChannelArn);
    assert.deepEqual(first.ChannelModerators, [
      { Moderator: { Arn: alice, Name: 'Alice' } },
      { Moderator: { Arn: bob, Name: 'Bob' } },
    ]);
    const second = await venue.messaging.listChannelModerators({ ...on, NextToken });
    assert.deepEqual(second.ChannelModerators, [{ Moderator: { Arn: carol, Name: 'Carol' } }]);
    assert.equal(second.NextToken, undefined);
    await refused(venue.messaging.listChannelModerators({ ...on, NextToken: 'x' }), 'BadRequestException');
  });
});

describe('DeleteChannelModerator', () => {
  test('dismisses, once and again, and leaves the membership', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob], ModeratorArns: [bob] });
    const { $metadata } = await dismiss(ChannelArn, bob);
    assert.equal($metadata.httpStatusCode, 204);
    await dismiss(ChannelArn, bob);
    await dismiss(ChannelArn, `${bob}by`);
    assert.deepEqual(await list(ChannelArn), ['Alice']);
    await refused(appoint(ChannelArn, carol, bob), 'ForbiddenException');
    await venue.say(ChannelArn, bob, 'still here');
  });

  test('lets moderators dismiss themselves', async () => {
    const ChannelArn = await venue.channel(alice);
    await dismiss(ChannelArn, alice);
    await refused(describeOf(ChannelArn, alice), 'ForbiddenException');
  });
});
