/** App instance users (spec/chime-messaging 6). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CreateAppInstanceUserCommandInput } from '@aws-sdk/client-chime-sdk-identity';
import { eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const clock = stoppedClock();
let venue: ChimeVenue;

before(async () => {
  venue = await openChimeVenue({}, clock);
});
after(() => venue[Symbol.asyncDispose]());

const create = (wishes: Partial<CreateAppInstanceUserCommandInput>) =>
  venue.identity.createAppInstanceUser({
    AppInstanceArn: venue.appInstanceArn,
    AppInstanceUserId: 'somebody',
    Name: 'Somebody',
    ClientRequestToken: crypto.randomUUID(),
    ...wishes,
  });

const describeOf = async (AppInstanceUserArn: string) =>
  (await venue.identity.describeAppInstanceUser({ AppInstanceUserArn })).AppInstanceUser ?? {};

/** An app instance of its own. */
async function appInstance(): Promise<string> {
  const request = { Name: 'another', ClientRequestToken: crypto.randomUUID() };
  return (await venue.identity.createAppInstance(request)).AppInstanceArn ?? '';
}

describe('CreateAppInstanceUser', () => {
  test('names it by its id, which may be one of Cognito', async () => {
    const AppInstanceUserId = 'us-east-1:5c6b8e2f@a.b_c';
    const { $metadata, ...reply } = await create({ AppInstanceUserId, Name: 'Ada', Metadata: '{"team":"red"}' });
    assert.equal($metadata.httpStatusCode, 201);
    const AppInstanceUserArn = `${venue.appInstanceArn}/user/${AppInstanceUserId}`;
    assert.deepEqual(reply, { AppInstanceUserArn });
    const now = new Date(clock.now());
    assert.deepEqual(await describeOf(AppInstanceUserArn), {
      AppInstanceUserArn,
      Name: 'Ada',
      Metadata: '{"team":"red"}',
      CreatedTimestamp: now,
      LastUpdatedTimestamp: now,
    });
  });

  test('changes nothing about a user that exists', async () => {
    const { AppInstanceUserArn = '' } = await create({ AppInstanceUserId: 'again', Name: 'First' });
    const before = await describeOf(AppInstanceUserArn);
    clock.advance(1000);
    const repeated = await create({ AppInstanceUserId: 'again', Name: 'Second', Metadata: 'x' });
    assert.equal(repeated.AppInstanceUserArn, AppInstanceUserArn);
    assert.deepEqual(await describeOf(AppInstanceUserArn), before);
  });

  test('is refused what the model refuses', async () => {
    for (const AppInstanceUserId of ['', ':a', 'a:', 'a b', 'a/b', 'é', 'x'.repeat(65)]) {
      await refused(create({ AppInstanceUserId }), 'BadRequestException');
    }
    for (const Name of ['', ' ', 'x'.repeat(101)]) await refused(create({ Name }), 'BadRequestException');
    await refused(create({ Metadata: 'x'.repeat(1025) }), 'BadRequestException');
    for (const ExpirationDays of [0, 5476, 1.5]) {
      const ExpirationSettings = { ExpirationDays, ExpirationCriterion: 'CREATED_TIMESTAMP' } as const;
      await refused(create({ ExpirationSettings }), 'BadRequestException');
    }
    await refused(create({ AppInstanceArn: 'arn' }), 'BadRequestException');
    await refused(create({ AppInstanceArn: `${venue.appInstanceArn}x` }), 'ForbiddenException');
  });

  test('ends at the quota of the app instance; who is deleted makes room', async () => {
    await using small = await openChimeVenue({ limit: ['users-per-app-instance=2'] });
    const first = await small.user('first');
    await small.user('second');
    await refused(small.user('third'), 'ResourceLimitExceededException');
    assert.equal(await small.user('first'), first);
    await small.identity.deleteAppInstanceUser({ AppInstanceUserArn: first });
    await small.identity.deleteAppInstanceUser({ AppInstanceUserArn: first });
    await small.user('third');
    await refused(small.user('fourth'), 'ResourceLimitExceededException');
  });
});

describe('UpdateAppInstanceUser', () => {
  test('replaces name and metadata', async () => {
    const { AppInstanceUserArn = '' } = await create({ AppInstanceUserId: 'renamed', Name: 'Before' });
    clock.advance(1000);
    const { $metadata, ...reply } = await venue.identity.updateAppInstanceUser({
      AppInstanceUserArn,
      Name: 'After',
      Metadata: 'new',
    });
    assert.deepEqual(reply, { AppInstanceUserArn });
    const { Name, Metadata, LastUpdatedTimestamp } = await describeOf(AppInstanceUserArn);
    assert.deepEqual([Name, Metadata, LastUpdatedTimestamp], ['After', 'new', new Date(clock.now())]);
  });

  test('is seen wherever the name stands: members, senders of old messages, admins', async () => {
    const alice = await venue.user('alice-renamed', 'Alice');
    const ChannelArn = await venue.channel(alice);
    const MessageId = await venue.say(ChannelArn, alice, 'hello');
    const admin = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: alice };
    await venue.identity.createAppInstanceAdmin(admin);
    await venue.identity.updateAppInstanceUser({ AppInstanceUserArn: alice, Name: 'Alicia', Metadata: '' });
    const { messaging, identity } = venue;
    const { ChannelMessage } = await messaging.getChannelMessage({ ChannelArn, MessageId, ChimeBearer: alice });
    assert.deepEqual(ChannelMessage?.Sender, { Arn: alice, Name: 'Alicia' });
    const { ChannelMemberships } = await messaging.listChannelMemberships({ ChannelArn, ChimeBearer: alice });
    assert.deepEqual(ChannelMemberships, [{ Member: { Arn: alice, Name: 'Alicia' } }]);
    const { AppInstanceAdmin } = await identity.describeAppInstanceAdmin(admin);
    assert.equal(AppInstanceAdmin?.Admin?.Name, 'Alicia');
    await identity.deleteAppInstanceAdmin(admin);
  });

  test('needs both', async () => {
    const { AppInstanceUserArn = '' } = await create({ AppInstanceUserId: 'whole' });
    const update = (Name: string | undefined, Metadata: string | undefined) =>
      venue.identity.updateAppInstanceUser({ AppInstanceUserArn, Name, Metadata });
    await refused(update('Name', undefined), 'BadRequestException');
    await refused(update(undefined, ''), 'BadRequestException');
    await refused(update(' ', ''), 'BadRequestException');
  });
});

describe('ListAppInstanceUsers', () => {
  test('gives those of one app instance, in pages', async () => {
    const AppInstanceArn = await appInstance();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const AppInstanceUserId of ids) await create({ AppInstanceArn, AppInstanceUserId, Metadata: 'm' });
    const page = await venue.identity.listAppInstanceUsers({ AppInstanceArn, MaxResults: 2 });
    assert.equal(page.AppInstanceArn, AppInstanceArn);
    assert.deepEqual(page.AppInstanceUsers?.[0], {
      AppInstanceUserArn: `${AppInstanceArn}/user/a`,
      Name: 'Somebody',
      Metadata: 'm',
    });
    const listed = [...(page.AppInstanceUsers ?? [])];
    for (let { NextToken } = page; NextToken !== undefined; ) {
      const next = await venue.identity.listAppInstanceUsers({ AppInstanceArn, MaxResults: 2, NextToken });
      listed.push(...(next.AppInstanceUsers ?? []));
      ({ NextToken } = next);
    }
    assert.deepEqual(
      listed.map(({ AppInstanceUserArn }) => AppInstanceUserArn),
      ids.map((id) => `${AppInstanceArn}/user/${id}`),
    );
  });

  test('has a last page without a token, also when it is full', async () => {
    const AppInstanceArn = await appInstance();
    for (const AppInstanceUserId of ['a', 'b']) await create({ AppInstanceArn, AppInstanceUserId });
    const { AppInstanceUsers, NextToken } = await venue.identity.listAppInstanceUsers({
      AppInstanceArn,
      MaxResults: 2,
    });
    assert.deepEqual([AppInstanceUsers?.length, NextToken], [2, undefined]);
    const AppInstanceArn2 = await appInstance();
    const empty = await venue.identity.listAppInstanceUsers({ AppInstanceArn: AppInstanceArn2 });
    assert.deepEqual([empty.AppInstanceUsers, empty.NextToken], [[], undefined]);
  });

  test('takes no token of another app instance', async () => {
    const AppInstanceArn = await appInstance();
    for (const AppInstanceUserId of ['a', 'b']) await create({ AppInstanceArn, AppInstanceUserId });
    const { NextToken } = await venue.identity.listAppInstanceUsers({ AppInstanceArn, MaxResults: 1 });
    const elsewhere = { AppInstanceArn: venue.appInstanceArn, NextToken };
    await refused(venue.identity.listAppInstanceUsers(elsewhere), 'BadRequestException');
    await refused(venue.identity.listAppInstanceBots({ AppInstanceArn, NextToken }), 'BadRequestException');
  });
});

describe('DeleteAppInstanceUser', () => {
  test('closes the user’s sockets, and takes its endpoints and its office', async () => {
    const user = await venue.user('leaver');
    const { identity, appInstanceArn: AppInstanceArn } = venue;
    await identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: user });
    const listener = await venue.connect(user);
    const { $metadata } = await identity.deleteAppInstanceUser({ AppInstanceUserArn: user });
    assert.equal($metadata.httpStatusCode, 204);
    assert.equal(await listener.closed, 4003);
    await refused(identity.describeAppInstanceUser({ AppInstanceUserArn: user }), 'NotFoundException');
    await refused(identity.listAppInstanceUserEndpoints({ AppInstanceUserArn: user }), 'ForbiddenException');
    const { AppInstanceAdmins } = await identity.listAppInstanceAdmins({ AppInstanceArn });
    assert.deepEqual(AppInstanceAdmins, []);
    const { AppInstanceUsers = [] } = await identity.listAppInstanceUsers({ AppInstanceArn });
    assert.ok(AppInstanceUsers.every(({ AppInstanceUserArn }) => AppInstanceUserArn !== user));
    await refused(venue.channel(user), 'UnauthorizedClientException');
  });

  test('leaves its messages, which keep the ARN of their sender', async () => {
    const reader = await venue.user('reader', 'Reader');
    const writer = await venue.user('writer', 'Writer');
    const ChannelArn = await venue.channel(reader, { MemberArns: [writer] });
    const MessageId = await venue.say(ChannelArn, writer, 'remember me');
    await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: writer });
    const request = { ChannelArn, MessageId, ChimeBearer: reader };
    const { ChannelMessage } = await venue.messaging.getChannelMessage(request);
    assert.deepEqual([ChannelMessage?.Content, ChannelMessage?.Sender?.Arn], ['remember me', writer]);
    await refused(venue.say(ChannelArn, writer, 'again'), 'UnauthorizedClientException');
  });

  test('deletes who is not there, but nobody else', async () => {
    const { identity, appInstanceArn } = venue;
    await identity.deleteAppInstanceUser({ AppInstanceUserArn: `${appInstanceArn}/user/nobody` });
    for (const AppInstanceUserArn of [appInstanceArn, `${appInstanceArn}/bot/nobody`]) {
      await refused(identity.deleteAppInstanceUser({ AppInstanceUserArn }), 'ForbiddenException');
    }
  });
});

describe('a user that is created again', () => {
  test('is new, but for the messages it has sent', async () => {
    const reader = await venue.user('reader-2', 'Reader');
    const writer = await venue.user('writer-2', 'Writer');
    const ChannelArn = await venue.channel(reader, { MemberArns: [writer] });
    const MessageId = await venue.say(ChannelArn, writer, 'hello');
    const admin = { AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: writer };
    await venue.identity.createAppInstanceAdmin(admin);
    await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: writer });
    clock.advance(1000);
    await recreate('writer-2', 'Another');
    const { Name, Metadata, CreatedTimestamp } = await describeOf(writer);
    assert.deepEqual([Name, Metadata, CreatedTimestamp], ['Another', undefined, new Date(clock.now())]);
    await refused(venue.say(ChannelArn, writer, 'am I in?'), 'ForbiddenException');
    await refused(venue.identity.describeAppInstanceAdmin(admin), 'ForbiddenException');
    const request = { ChannelArn, MessageId, ChimeBearer: reader };
    const { ChannelMessage } = await venue.messaging.getChannelMessage(request);
    assert.deepEqual(ChannelMessage?.Sender, { Arn: writer, Name: 'Another' });
  });
});

/** Creates who was deleted a moment ago: until all of the old user is gone, that is a conflict. */
async function recreate(id: string, Name: string): Promise<void> {
  await eventually(() =>
    create({ AppInstanceUserId: id, Name }).then(
      () => true,
      (error: Error) => {
        assert.equal(error.name, 'ConflictException');
        return false;
      },
    ),
  );
}

describe('PutAppInstanceUserExpirationSettings', () => {
  const EXPIRATION = { ExpirationDays: 3, ExpirationCriterion: 'CREATED_TIMESTAMP' } as const;

  test('sets, changes and removes them', async () => {
    const AppInstanceUserArn = await venue.user('expiring');
    assert.equal((await describeOf(AppInstanceUserArn)).ExpirationSettings, undefined);
    const put = async (ExpirationSettings?: typeof EXPIRATION) => {
      const request = { AppInstanceUserArn, ExpirationSettings };
      const { $metadata, ...reply } = await venue.identity.putAppInstanceUserExpirationSettings(request);
      return reply;
    };
    assert.deepEqual(await put(EXPIRATION), { AppInstanceUserArn, ExpirationSettings: EXPIRATION });
    assert.deepEqual((await describeOf(AppInstanceUserArn)).ExpirationSettings, EXPIRATION);
    assert.deepEqual(await put(), { AppInstanceUserArn });
    assert.equal((await describeOf(AppInstanceUserArn)).ExpirationSettings, undefined);
  });

  test('may be set at creation', async () => {
    const created = await create({ AppInstanceUserId: 'expiring-2', ExpirationSettings: EXPIRATION });
    const { AppInstanceUserArn = '' } = created;
    assert.deepEqual((await describeOf(AppInstanceUserArn)).ExpirationSettings, EXPIRATION);
  });

  test('is refused what the model refuses, and for who is not there', async () => {
    const put = (AppInstanceUserArn: string, ExpirationDays: number) =>
      venue.identity.putAppInstanceUserExpirationSettings({
        AppInstanceUserArn,
        ExpirationSettings: { ...EXPIRATION, ExpirationDays },
      });
    const user = await venue.user('expiring-3');
    for (const days of [0, 5476]) await refused(put(user, days), 'BadRequestException');
    await refused(put(`${venue.appInstanceArn}/user/nobody`, 1), 'ForbiddenException');
  });
});

test('one that does not exist is not found by describing, else forbidden', async () => {
  const AppInstanceUserArn = `${venue.appInstanceArn}/user/nobody`;
  const { identity } = venue;
  await refused(identity.describeAppInstanceUser({ AppInstanceUserArn }), 'NotFoundException', { Code: 'NotFound' });
  const change = { AppInstanceUserArn, Name: 'a', Metadata: '' };
  await refused(identity.updateAppInstanceUser(change), 'ForbiddenException', { Code: 'Forbidden' });
});
