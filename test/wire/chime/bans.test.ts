/** Bans from a channel (spec/chime-messaging 3.3). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let carol: string;

before(async () => {
  venue = await openChimeVenue();
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  carol = await venue.user('carol', 'Carol');
});
after(() => venue[Symbol.asyncDispose]());

const ban = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.createChannelBan({ ChannelArn, MemberArn, ChimeBearer });

const unban = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.deleteChannelBan({ ChannelArn, MemberArn, ChimeBearer });

const describeOf = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.describeChannelBan({ ChannelArn, MemberArn, ChimeBearer });

const add = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.createChannelMembership({ ChannelArn, MemberArn, ChimeBearer, Type: 'DEFAULT' });

async function members(ChannelArn: string) {
  const { ChannelMemberships = [] } = await venue.messaging.listChannelMemberships({ ChannelArn, ChimeBearer: alice });
  return ChannelMemberships.map(({ Member }) => Member?.Name);
}

describe('CreateChannelBan', () => {
  test('removes the member', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    const { $metadata, ...reply } = await ban(ChannelArn, bob);
    assert.equal($metadata.httpStatusCode, 201);
    assert.deepEqual(reply, { ChannelArn, Member: { Arn: bob, Name: 'Bob' } });
    assert.deepEqual(await members(ChannelArn), ['Alice']);
    await refused(venue.say(ChannelArn, bob, 'hello'), 'ForbiddenException');
    const { ChannelBan } = await describeOf(ChannelArn, bob);
    const { CreatedTimestamp, ...rest } = ChannelBan ?? {};
    assert.ok(CreatedTimestamp instanceof Date);
    assert.deepEqual(rest, { Member: { Arn: bob, Name: 'Bob' }, ChannelArn, CreatedBy: { Arn: alice, Name: 'Alice' } });
  });

  test('keeps the banned out, whoever adds them, until it is deleted', async () => {
    const ChannelArn = await venue.channel(alice, { Privacy: 'PUBLIC', Mode: 'UNRESTRICTED' });
    await ban(ChannelArn, bob);
    await refused(add(ChannelArn, bob), 'ForbiddenException');
    await refused(add(ChannelArn, bob, bob), 'ForbiddenException');
    await unban(ChannelArn, bob);
    assert.deepEqual(await members(ChannelArn), ['Alice']);
    await add(ChannelArn, bob, bob);
  });

  test('holds in its channel alone', async () => {
    const [first, second] = [await venue.channel(alice), await venue.channel(alice)];
    await ban(first, bob);
    await add(second, bob);
  });

  test('refuses moderators: they must be dismissed first', async () => {
    const ChannelArn = await venue.channel(alice, { ModeratorArns: [bob] });
    await refused(ban(ChannelArn, bob), 'ForbiddenException', { Code: 'Forbidden' });
    await refused(ban(ChannelArn, alice), 'ForbiddenException');
    const dismissed = { ChannelArn, ChannelModeratorArn: bob, ChimeBearer: alice };
    await venue.messaging.deleteChannelModerator(dismissed);
    await ban(ChannelArn, bob);
  });

  test('refuses admins, until they are demoted', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [carol] });
    const admin = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: carol };
    await venue.identity.createAppInstanceAdmin(admin);
    await refused(ban(ChannelArn, carol), 'ForbiddenException');
    await venue.identity.deleteAppInstanceAdmin(admin);
    await ban(ChannelArn, carol);
  });

  test('refuses who is banned already', async () => {
    const ChannelArn = await venue.channel(alice);
    await ban(ChannelArn, bob);
    await refused(ban(ChannelArn, bob), 'ConflictException', { Code: 'Conflict' });
  });

  test('refuses who is nobody in the app instance', async () => {
    const ChannelArn = await venue.channel(alice);
    for (const nobody of [`${bob}by`, ChannelArn, bob.replace('us-east-1', 'eu-central-1')]) {
      await refused(ban(ChannelArn, nobody), 'ForbiddenException', {
        message: 'An invalid app instance user ARN was supplied for the input parameter.',
      });
    }
    await refused(ban(ChannelArn, 'bob'), 'BadRequestException');
  });
});

test('DescribeChannelBan does not find what is not', async () => {
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
  await refused(describeOf(ChannelArn, bob), 'NotFoundException');
  await refused(describeOf(ChannelArn, `${bob}by`), 'NotFoundException');
});

test('ListChannelBans comes in pages', async () => {
  const ChannelArn = await venue.channel(alice);
  await ban(ChannelArn, carol);
  await ban(ChannelArn, bob);
  const on = { ChannelArn, ChimeBearer: alice, MaxResults: 1 };
  const { NextToken, ...first } = await venue.messaging.listChannelBans(on);
  assert.equal(first.ChannelArn, ChannelArn);
  assert.deepEqual(first.ChannelBans, [{ Member: { Arn: bob, Name: 'Bob' } }]);
  const second = await venue.messaging.listChannelBans({ ...on, NextToken });
  assert.deepEqual(second.ChannelBans, [{ Member: { Arn: carol, Name: 'Carol' } }]);
  assert.equal(second.NextToken, undefined);
  const elsewhere = { ...on, ChannelArn: await venue.channel(alice), NextToken };
  await refused(venue.messaging.listChannelBans(elsewhere), 'BadRequestException');
});

test('DeleteChannelBan succeeds where there is none', async () => {
  const ChannelArn = await venue.channel(alice);
  const { $metadata } = await unban(ChannelArn, bob);
  assert.equal($metadata.httpStatusCode, 204);
  await unban(ChannelArn, `${bob}by`);
});
