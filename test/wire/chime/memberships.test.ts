/** Memberships of a channel: adding, showing, removing, and hiding (spec/chime-messaging 3.2). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CreateChannelCommandInput } from '@aws-sdk/client-chime-sdk-messaging';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let carol: string;
let dave: string;

before(async () => {
  venue = await openChimeVenue();
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  carol = await venue.user('us-east-1:carol@x', 'Carol');
  dave = await venue.user('dave', 'Dave');
});
after(() => venue[Symbol.asyncDispose]());

const add = (ChannelArn: string, MemberArn: string, ChimeBearer = alice, Type: 'DEFAULT' | 'HIDDEN' = 'DEFAULT') =>
  venue.messaging.createChannelMembership({ ChannelArn, MemberArn, ChimeBearer, Type });

const remove = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.deleteChannelMembership({ ChannelArn, MemberArn, ChimeBearer });

const describeOf = (ChannelArn: string, MemberArn: string, ChimeBearer = alice) =>
  venue.messaging.describeChannelMembership({ ChannelArn, MemberArn, ChimeBearer });

/** Names of those listed. */
async function list(ChannelArn: string, Type?: 'DEFAULT' | 'HIDDEN', ChimeBearer = alice) {
  const { ChannelMemberships = [] } = await venue.messaging.listChannelMemberships({ ChannelArn, ChimeBearer, Type });
  return ChannelMemberships.map(({ Member }) => Member?.Name);
}

/** One that Alice moderates. */
const channel = (wishes: Partial<CreateChannelCommandInput> = {}) => venue.channel(alice, wishes);

describe('CreateChannelMembership', () => {
  test('adds a member whom the bearer has invited', async () => {
    const ChannelArn = await channel();
    const { $metadata, ...reply } = await add(ChannelArn, bob);
    assert.equal($metadata.httpStatusCode, 201);
    assert.deepEqual(reply, { ChannelArn, Member: { Arn: bob, Name: 'Bob' } });
    const { ChannelMembership } = await describeOf(ChannelArn, bob);
    const { CreatedTimestamp, LastUpdatedTimestamp, ...rest } = ChannelMembership ?? {};
    assert.ok(CreatedTimestamp instanceof Date);
    assert.deepEqual(LastUpdatedTimestamp, CreatedTimestamp);
    const InvitedBy = { Arn: alice, Name: 'Alice' };
    assert.deepEqual(rest, { InvitedBy, Type: 'DEFAULT', Member: { Arn: bob, Name: 'Bob' }, ChannelArn });
  });

  test('makes a default membership when no type is given', async () => {
    const ChannelArn = await channel();
    await venue.messaging.createChannelMembership({ ChannelArn, ChimeBearer: alice, MemberArn: bob, Type: undefined });
    assert.deepEqual(await list(ChannelArn), ['Alice', 'Bob']);
  });

  test('lets a user enter a public, unrestricted channel by itself, but bring nobody', async () => {
    const ChannelArn = await channel({ Privacy: 'PUBLIC', Mode: 'UNRESTRICTED' });
    await refused(add(ChannelArn, bob, dave), 'ForbiddenException');
    await add(ChannelArn, dave, dave);
    const { ChannelMembership } = await describeOf(ChannelArn, dave);
    assert.equal(ChannelMembership?.InvitedBy?.Arn, dave);
  });

  test('takes bots as members, and as those who invite', async () => {
    const { AppInstanceBotArn: bot = '' } = await venue.identity.createAppInstanceBot({
      AppInstanceArn: venue.appInstanceArn,
      Name: 'Bot',
      ClientRequestToken: 'bot',
      Configuration: {
        Lex: {
          LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/AAAAAAAAAA/BBBBBBBBBB',
          LocaleId: 'en_US',
        },
      },
    });
    const ChannelArn = await channel({ Mode: 'UNRESTRICTED' });
    const { Member } = await add(ChannelArn, bot);
    assert.deepEqual(Member, { Arn: bot, Name: 'Bot' });
    await add(ChannelArn, bob, bot);
    const { ChannelMembership } = await describeOf(ChannelArn, bob);
    assert.deepEqual(ChannelMembership?.InvitedBy, { Arn: bot, Name: 'Bot' });
  });

  test('refuses who is a member already', async () => {
    const ChannelArn = await channel();
    await refused(add(ChannelArn, alice), 'ConflictException', { Code: 'Conflict' });
    await add(ChannelArn, bob, alice, 'HIDDEN');
    await refused(add(ChannelArn, bob), 'ConflictException');
  });

  test('does not find who is no user or bot of the app instance', async () => {
    const ChannelArn = await channel();
    const { AppInstanceArn: other = '' } = await venue.identity.createAppInstance({
      Name: 'other',
      ClientRequestToken: 'other',
    });
    const { AppInstanceUserArn: stranger = '' } = await venue.identity.createAppInstanceUser({
      AppInstanceArn: other,
      AppInstanceUserId: 'bob',
      Name: 'Bob',
      ClientRequestToken: 'bob',
    });
    for (const nobody of [
      stranger,
      `${bob}by`,
      bob.replace('/user/', '/bot/'),
      bob.replace('us-east-1', 'eu-central-1'),
      ChannelArn,
      venue.appInstanceArn,
    ]) {
      await refused(add(ChannelArn, nobody), 'NotFoundException', { Code: 'NotFound' });
    }
    assert.deepEqual(await list(ChannelArn), ['Alice']);
  });

  test('refuses a sub-channel: the channel is not elastic', async () => {
    const ChannelArn = await channel();
    const on = { ChannelArn, ChimeBearer: alice, SubChannelId: 'part' };
    const one = { ...on, MemberArn: bob };
    const { messaging } = venue;
    await refused(messaging.createChannelMembership({ ...one, Type: 'DEFAULT' }), 'BadRequestException');
    await refused(messaging.batchCreateChannelMembership({ ...on, MemberArns: [bob] }), 'BadRequestException');
    await refused(messaging.describeChannelMembership(one), 'BadRequestException');
    await refused(messaging.listChannelMemberships(on), 'BadRequestException');
    await refused(messaging.deleteChannelMembership(one), 'BadRequestException');
  });

  test('refuses what its shape does not allow', async () => {
    const ChannelArn = await channel();
    await refused(add(ChannelArn, 'bob'), 'BadRequestException', { Code: 'BadRequest' });
    await refused(add(ChannelArn, bob, alice, 'VISIBLE' as 'HIDDEN'), 'BadRequestException');
  });
});

describe('hidden members', () => {
  test('are added by moderators alone', async () => {
    const ChannelArn = await channel({ Mode: 'UNRESTRICTED', Privacy: 'PUBLIC', MemberArns: [bob] });
    await refused(add(ChannelArn, carol, bob, 'HIDDEN'), 'ForbiddenException');
    await refused(add(ChannelArn, carol, carol, 'HIDDEN'), 'ForbiddenException');
    const batch = { ChannelArn, ChimeBearer: bob, MemberArns: [carol], Type: 'HIDDEN' as const };
    await refused(venue.messaging.batchCreateChannelMembership(batch), 'ForbiddenException');
    await add(ChannelArn, carol, alice, 'HIDDEN');
  });

  test('are listed when asked for, to moderators alone', async () => {
    const ChannelArn = await channel({ MemberArns: [bob] });
    await add(ChannelArn, carol, alice, 'HIDDEN');
    assert.deepEqual(await list(ChannelArn), ['Alice', 'Bob']);
    assert.deepEqual(await list(ChannelArn, 'DEFAULT', bob), ['Alice', 'Bob']);
    assert.deepEqual(await list(ChannelArn, 'HIDDEN'), ['Carol']);
    await refused(list(ChannelArn, 'HIDDEN', bob), 'ForbiddenException');
    await refused(list(ChannelArn, 'HIDDEN', carol), 'ForbiddenException');
  });

  test('are described to themselves and to moderators', async () => {
    const ChannelArn = await channel({ MemberArns: [bob] });
    await add(ChannelArn, carol, alice, 'HIDDEN');
    for (const bearer of [alice, carol]) {
      const { ChannelMembership } = await describeOf(ChannelArn, carol, bearer);
      assert.equal(ChannelMembership?.Type, 'HIDDEN');
    }
    await refused(describeOf(ChannelArn, carol, bob), 'NotFoundException');
  });

  test('do not send', async () => {
    const ChannelArn = await channel();
    await add(ChannelArn, carol, alice, 'HIDDEN');
    await refused(venue.say(ChannelArn, carol, 'boo'), 'ForbiddenException');
  });
});

describe('BatchCreateChannelMembership', () => {
  const batch = (ChannelArn: string, MemberArns: string[], ChimeBearer = alice, Type?: 'DEFAULT' | 'HIDDEN') =>
    venue.messaging.batchCreateChannelMembership({ ChannelArn, MemberArns, ChimeBearer, Type });

  test('adds all', async () => {
    const ChannelArn = await channel();
    const { $metadata, ...reply } = await batch(ChannelArn, [carol, bob]);
    assert.equal($metadata.httpStatusCode, 200);
    const Members = [
      { Arn: carol, Name: 'Carol' },
      { Arn: bob, Name: 'Bob' },
    ];
    const InvitedBy = { Arn: alice, Name: 'Alice' };
    assert.deepEqual(reply, { BatchChannelMemberships: { InvitedBy, Type: 'DEFAULT', Members, ChannelArn } });
    assert.deepEqual(await list(ChannelArn), ['Alice', 'Bob', 'Carol']);
  });

  test('adds whom it can, and says of the others why not', async () => {
    const ChannelArn = await channel();
    await venue.messaging.createChannelBan({ ChannelArn, ChimeBearer: alice, MemberArn: carol });
    const { $metadata, ...reply } = await batch(ChannelArn, [alice, `${bob}by`, carol, bob, bob]);
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(reply.BatchChannelMemberships?.Members, [{ Arn: bob, Name: 'Bob' }]);
    assert.deepEqual(reply.Errors, [
      { MemberArn: alice, ErrorCode: 'Conflict', ErrorMessage: 'alice is a member already.' },
      {
        MemberArn: `${bob}by`,
        ErrorCode: 'NotFound',
        ErrorMessage: 'There is no such user or bot in the app instance.',
      },
      { MemberArn: carol, ErrorCode: 'Forbidden', ErrorMessage: 'us-east-1:carol@x is banned from the channel.' },
    ]);
  });

  test('adds nobody when it can add nobody', async () => {
    const ChannelArn = await channel();
    const { BatchChannelMemberships, Errors } = await batch(ChannelArn, [alice]);
    assert.deepEqual(BatchChannelMemberships?.Members, []);
    assert.equal(Errors?.length, 1);
  });

  test('adds hidden members', async () => {
    const ChannelArn = await channel();
    const { BatchChannelMemberships } = await batch(ChannelArn, [bob, carol], alice, 'HIDDEN');
    assert.equal(BatchChannelMemberships?.Type, 'HIDDEN');
    assert.deepEqual(await list(ChannelArn, 'HIDDEN'), ['Bob', 'Carol']);
  });

  test('takes 1 to 100 members', async () => {
    const ChannelArn = await channel();
    await refused(batch(ChannelArn, []), 'BadRequestException');
    const many = Array.from({ length: 101 }, (_, i) => `${bob}${i}`);
    await refused(batch(ChannelArn, many), 'BadRequestException');
    const { Errors } = await batch(ChannelArn, many.slice(1));
    assert.equal(Errors?.length, 100);
  });
});

describe('ListChannelMemberships', () => {
  test('comes in pages', async () => {
    const ChannelArn = await channel({ MemberArns: [bob, carol, dave] });
    const names: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await venue.messaging.listChannelMemberships({
        ChannelArn,
        ChimeBearer: bob,
        MaxResults: 3,
        NextToken,
      });
      assert.equal(page.ChannelArn, ChannelArn);
      names.push((page.ChannelMemberships ?? []).map(({ Member }) => Member?.Name));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    assert.deepEqual(names, [['Alice', 'Bob', 'Carol'], ['Dave']]);
  });

  test('refuses a token that is of another channel or type, or made up', async () => {
    const [first, second] = [await channel({ MemberArns: [bob] }), await channel()];
    const on = { ChimeBearer: alice, MaxResults: 1 };
    const { NextToken } = await venue.messaging.listChannelMemberships({ ...on, ChannelArn: first });
    assert.ok(NextToken);
    for (const wrong of [
      { ChannelArn: second, NextToken },
      { ChannelArn: first, NextToken, Type: 'HIDDEN' },
      { ChannelArn: first, NextToken: 'made-up' },
    ] as const) {
      await refused(venue.messaging.listChannelMemberships({ ...on, ...wrong }), 'BadRequestException');
    }
  });
});

describe('DeleteChannelMembership', () => {
  test('removes a member, once and again', async () => {
    const ChannelArn = await channel({ MemberArns: [bob] });
    const { $metadata } = await remove(ChannelArn, bob);
    assert.equal($metadata.httpStatusCode, 204);
    assert.deepEqual(await list(ChannelArn), ['Alice']);
    await refused(describeOf(ChannelArn, bob), 'NotFoundException');
    await remove(ChannelArn, bob);
    await remove(ChannelArn, `${bob}by`);
  });

  test('lets members leave, but remove nobody else', async () => {
    const ChannelArn = await channel({ Mode: 'UNRESTRICTED', MemberArns: [bob, carol] });
    await refused(remove(ChannelArn, carol, bob), 'ForbiddenException');
    await remove(ChannelArn, bob, bob);
    assert.deepEqual(await list(ChannelArn), ['Alice', 'Carol']);
    await refused(describeOf(ChannelArn, carol, bob), 'ForbiddenException');
  });

  test('leaves a moderator a moderator', async () => {
    const ChannelArn = await channel({ MemberArns: [bob] });
    await remove(ChannelArn, alice);
    assert.deepEqual(await list(ChannelArn), ['Bob']);
    await add(ChannelArn, alice);
  });
});

describe('limits', () => {
  test('of memberships per channel', async () => {
    await using small = await openChimeVenue({ limit: ['memberships-per-channel=3'] });
    const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((id) => small.user(id)));
    assert.ok(a && b && c && d);
    const ChannelArn = await small.channel(a, { MemberArns: [b] });
    const on = { ChannelArn, ChimeBearer: a };
    const two = { ...on, MemberArns: [c, d] };
    const expected = { Code: 'ResourceLimitExceeded', $metadata: { httpStatusCode: 400 } };
    await refused(small.messaging.batchCreateChannelMembership(two), 'ResourceLimitExceededException', expected);
    await small.messaging.createChannelMembership({ ...on, MemberArn: c, Type: 'HIDDEN' });
    const another = { ...on, MemberArn: d, Type: 'DEFAULT' } as const;
    await refused(small.messaging.createChannelMembership(another), 'ResourceLimitExceededException', expected);
    await small.messaging.deleteChannelMembership({ ...on, MemberArn: b });
    await small.messaging.createChannelMembership(another);
  });

  test('of memberships per user', async () => {
    await using small = await openChimeVenue({ limit: ['memberships-per-user=1'] });
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((id) => small.user(id)));
    assert.ok(a && b && c);
    await small.channel(b);
    const ChannelArn = await small.channel(a);
    const on = { ChannelArn, ChimeBearer: a };
    const one = { ...on, MemberArn: b, Type: 'DEFAULT' } as const;
    await refused(small.messaging.createChannelMembership(one), 'ResourceLimitExceededException');
    const { BatchChannelMemberships, Errors } = await small.messaging.batchCreateChannelMembership({
      ...on,
      MemberArns: [b, c],
    });
    assert.deepEqual(BatchChannelMemberships?.Members, [{ Arn: c, Name: 'c' }]);
    assert.deepEqual(
      Errors?.map(({ ErrorCode }) => ErrorCode),
      ['ResourceLimitExceeded'],
    );
  });
});
