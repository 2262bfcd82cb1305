/** App instances: made once, renamed, listed, gone with all that is in them (spec/chime-messaging 6). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const clock = stoppedClock();
let venue: ChimeVenue;

before(async () => {
  venue = await openChimeVenue({}, clock);
});
after(() => venue[Symbol.asyncDispose]());

const UNKNOWN = 'arn:aws:chime:us-east-1:000000000000:app-instance/00000000-0000-0000-0000-000000000000';

async function create(Name: string, wishes: { Metadata?: string; ClientRequestToken?: string } = {}) {
  const request = { Name, ClientRequestToken: crypto.randomUUID(), ...wishes };
  const { AppInstanceArn = '' } = await venue.identity.createAppInstance(request);
  return AppInstanceArn;
}

const describeOf = async (AppInstanceArn: string) =>
  (await venue.identity.describeAppInstance({ AppInstanceArn })).AppInstance ?? {};

/** The names of all, page by page. */
async function namesOfAll(MaxResults?: number) {
  const names: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await venue.identity.listAppInstances({ MaxResults, NextToken });
    for (const { Name } of page.AppInstances ?? []) names.push(Name);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return names;
}

describe('CreateAppInstance', () => {
  test('names it by a UUID, and keeps name and metadata', async () => {
    const { $metadata, AppInstanceArn = '' } = await venue.identity.createAppInstance({
      Name: 'Salon 😀',
      Metadata: '{"lines":"one\\ntwo"}',
      ClientRequestToken: 'first-1',
    });
    assert.equal($metadata.httpStatusCode, 201);
    assert.match(
      AppInstanceArn,
      /^arn:aws:chime:us-east-1:000000000000:app-instance\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-\w{12}$/,
    );
    const now = new Date(clock.now());
    assert.deepEqual(await describeOf(AppInstanceArn), {
      AppInstanceArn,
      Name: 'Salon 😀',
      Metadata: '{"lines":"one\\ntwo"}',
      CreatedTimestamp: now,
      LastUpdatedTimestamp: now,
    });
  });

  test('is done once for one token, which stands for one request', async () => {
    const ClientRequestToken = 'once-only';
    const arn = await create('once', { ClientRequestToken });
    assert.equal(await create('once', { ClientRequestToken }), arn);
    await refused(create('twice', { ClientRequestToken }), 'ConflictException', { Code: 'Conflict' });
    assert.notEqual(await create('once'), arn);
  });

  test('is refused what the model refuses', async () => {
    for (const Name of ['', 'x'.repeat(257), 'bell\u0007']) await refused(create(Name), 'BadRequestException');
    await refused(create('a', { Metadata: 'x'.repeat(1025) }), 'BadRequestException', { Code: 'BadRequest' });
    for (const ClientRequestToken of ['x', 'x'.repeat(65), 'a b']) {
      await refused(create('a', { ClientRequestToken }), 'BadRequestException');
    }
    assert.ok(await create('😀'.repeat(256)));
  });

  test('ends at the quota of the account', async () => {
    await using small = await openChimeVenue({ limit: ['app-instances=2'] });
    const request = (Name: string) => small.identity.createAppInstance({ Name, ClientRequestToken: `token-${Name}` });
    await request('second');
    await refused(request('third'), 'ResourceLimitExceededException', { Code: 'ResourceLimitExceeded' });
    await small.identity.deleteAppInstance({ AppInstanceArn: small.appInstanceArn });
    assert.ok((await request('third')).AppInstanceArn);
  });
});

describe('UpdateAppInstance', () => {
  test('replaces name and metadata', async () => {
    const AppInstanceArn = await create('before', { Metadata: 'old' });
    const { CreatedTimestamp } = await describeOf(AppInstanceArn);
    clock.advance(1000);
    const { $metadata, ...reply } = await venue.identity.updateAppInstance({
      AppInstanceArn,
      Name: 'after',
      Metadata: '',
    });
    assert.deepEqual(reply, { AppInstanceArn });
    const LastUpdatedTimestamp = new Date(clock.now());
    const expected = { AppInstanceArn, Name: 'after', Metadata: '', CreatedTimestamp, LastUpdatedTimestamp };
    assert.deepEqual(await describeOf(AppInstanceArn), expected);
  });

  test('needs both', async () => {
    const AppInstanceArn = await create('whole');
    const { identity } = venue;
    const nothing = undefined;
    await refused(identity.updateAppInstance({ AppInstanceArn, Name: 'a', Metadata: nothing }), 'BadRequestException');
    await refused(identity.updateAppInstance({ AppInstanceArn, Name: nothing, Metadata: '' }), 'BadRequestException');
    await refused(identity.updateAppInstance({ AppInstanceArn, Name: '', Metadata: '' }), 'BadRequestException');
  });
});

describe('ListAppInstances', () => {
  test('gives all, in pages', async () => {
    await create('page');
    const all = await namesOfAll();
    assert.ok(all.length > 3 && all.includes('page'));
    assert.deepEqual(await namesOfAll(2), all);
  });

  test('takes no token but its own', async () => {
    await venue.user('a');
    await venue.user('b');
    const { appInstanceArn: AppInstanceArn } = venue;
    const { NextToken: foreign } = await venue.identity.listAppInstanceUsers({ AppInstanceArn, MaxResults: 1 });
    assert.ok(foreign);
    for (const NextToken of [foreign, 'nonsense', 'x'.repeat(2049)]) {
      await refused(venue.identity.listAppInstances({ NextToken }), 'BadRequestException');
    }
    for (const MaxResults of [0, 51]) {
      await refused(venue.identity.listAppInstances({ MaxResults }), 'BadRequestException');
    }
  });
});

describe('DeleteAppInstance', () => {
  test('leaves nothing that can be reached', async () => {
    await using own = await openChimeVenue();
    const { identity, messaging, appInstanceArn: AppInstanceArn } = own;
    const alice = await own.user('alice');
    const ChannelArn = await own.channel(alice);
    const listener = await own.connect(alice);
    const { $metadata } = await identity.deleteAppInstance({ AppInstanceArn });
    assert.equal($metadata.httpStatusCode, 204);
    assert.equal(await listener.closed, 4003);
    await refused(identity.describeAppInstance({ AppInstanceArn }), 'ForbiddenException');
    await refused(identity.listAppInstanceUsers({ AppInstanceArn }), 'ForbiddenException');
    await refused(identity.describeAppInstanceUser({ AppInstanceUserArn: alice }), 'NotFoundException');
    await refused(own.user('bob'), 'ForbiddenException');
    await refused(own.say(ChannelArn, alice, 'hello'), 'UnauthorizedClientException');
    await refused(messaging.listTagsForResource({ ResourceARN: ChannelArn }), 'ForbiddenException');
    assert.deepEqual((await identity.listAppInstances({})).AppInstances, []);
  });

  test('deletes what is not there, but nothing that is no app instance', async () => {
    await venue.identity.deleteAppInstance({ AppInstanceArn: UNKNOWN });
    const alice = await venue.user('alice');
    await refused(venue.identity.deleteAppInstance({ AppInstanceArn: alice }), 'ForbiddenException');
    assert.ok(await venue.identity.describeAppInstanceUser({ AppInstanceUserArn: alice }));
  });
});

test('one that does not exist is forbidden', async () => {
  const { identity } = venue;
  await refused(identity.describeAppInstance({ AppInstanceArn: UNKNOWN }), 'ForbiddenException', { Code: 'Forbidden' });
  const change = { AppInstanceArn: UNKNOWN, Name: 'a', Metadata: '' };
  await refused(identity.updateAppInstance(change), 'ForbiddenException');
  await refused(identity.getAppInstanceRetentionSettings({ AppInstanceArn: UNKNOWN }), 'ForbiddenException');
  await refused(identity.listAppInstanceAdmins({ AppInstanceArn: UNKNOWN }), 'ForbiddenException');
  await refused(identity.listAppInstanceBots({ AppInstanceArn: UNKNOWN }), 'ForbiddenException');
});
