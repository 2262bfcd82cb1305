/** The devices of app instance users (spec/chime-messaging 6, Endpoints). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RegisterAppInstanceUserEndpointCommandInput } from '@aws-sdk/client-chime-sdk-identity';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const ResourceArn = 'arn:aws:mobiletargeting:us-east-1:000000000000:apps/0123456789abcdef';
const clock = stoppedClock();
let venue: ChimeVenue;
let alice: string;

before(async () => {
  venue = await openChimeVenue({}, clock);
  alice = await venue.user('us-east-1:alice');
});
after(() => venue[Symbol.asyncDispose]());

async function register(wishes: Partial<RegisterAppInstanceUserEndpointCommandInput> = {}): Promise<string> {
  const { EndpointId = '' } = await venue.identity.registerAppInstanceUserEndpoint({
    AppInstanceUserArn: alice,
    Type: 'GCM',
    ResourceArn,
    EndpointAttributes: { DeviceToken: 'token' },
    ClientRequestToken: crypto.randomUUID(),
    ...wishes,
  });
  return EndpointId;
}

const describeOf = async (EndpointId: string, AppInstanceUserArn = alice) => {
  const request = { AppInstanceUserArn, EndpointId };
  return (await venue.identity.describeAppInstanceUserEndpoint(request)).AppInstanceUserEndpoint ?? {};
};

const list = (AppInstanceUserArn: string, MaxResults?: number, NextToken?: string) =>
  venue.identity.listAppInstanceUserEndpoints({ AppInstanceUserArn, MaxResults, NextToken });

describe('RegisterAppInstanceUserEndpoint', () => {
  test('keeps an endpoint that is active', async () => {
    const { $metadata, ...reply } = await venue.identity.registerAppInstanceUserEndpoint({
      AppInstanceUserArn: alice,
      Name: 'phone',
      Type: 'APNS',
      ResourceArn,
      EndpointAttributes: { DeviceToken: 'token', VoipDeviceToken: 'voip' },
      AllowMessages: 'NONE',
      ClientRequestToken: crypto.randomUUID(),
    });
    assert.equal($metadata.httpStatusCode, 201);
    const { EndpointId = '' } = reply;
    assert.deepEqual(reply, { AppInstanceUserArn: alice, EndpointId });
    const now = new Date(clock.now());
    assert.deepEqual(await describeOf(EndpointId), {
      AppInstanceUserArn: alice,
      EndpointId,
      Name: 'phone',
      Type: 'APNS',
      ResourceArn,
      EndpointAttributes: { DeviceToken: 'token', VoipDeviceToken: 'voip' },
      AllowMessages: 'NONE',
      EndpointState: { Status: 'ACTIVE' },
      CreatedTimestamp: now,
      LastUpdatedTimestamp: now,
    });
  });

  test('allows all messages unless it is told otherwise', async () => {
    const { Name, AllowMessages } = await describeOf(await register());
    assert.deepEqual([Name, AllowMessages], [undefined, 'ALL']);
  });

  test('is done once for one token, which stands for one request', async () => {
    const ClientRequestToken = 'one-device';
    const id = await register({ ClientRequestToken });
    assert.equal(await register({ ClientRequestToken }), id);
    await refused(register({ ClientRequestToken, Name: 'other' }), 'ConflictException', { Code: 'Conflict' });
    const AppInstanceUserArn = await venue.user('same-token');
    assert.notEqual(await register({ ClientRequestToken, AppInstanceUserArn }), id);
  });

  test('ends at the quota of the user', async () => {
    const AppInstanceUserArn = await venue.user('collector');
    let last = '';
    for (let n = 0; n < 10; n++) last = await register({ AppInstanceUserArn });
    const error = 'ResourceLimitExceededException';
    await refused(register({ AppInstanceUserArn }), error, { Code: 'ResourceLimitExceeded' });
    await venue.identity.deregisterAppInstanceUserEndpoint({ AppInstanceUserArn, EndpointId: last });
    assert.ok(await register({ AppInstanceUserArn }));
  });

  test('is refused what the model refuses', async () => {
    const wrong: Record<string, unknown>[] = [
      { Type: 'FCM' },
      { ResourceArn: 'app' },
      { EndpointAttributes: { DeviceToken: '' } },
      { EndpointAttributes: { DeviceToken: 'x'.repeat(1601) } },
      { EndpointAttributes: { VoipDeviceToken: 'voip' } },
      { AllowMessages: 'SOME' },
      { Name: 'x'.repeat(1601) },
    ];
    for (const wishes of wrong) await refused(register(wishes), 'BadRequestException', { Code: 'BadRequest' });
  });

  test('is for applications of any account', async () => {
    const elsewhere = ResourceArn.replace('000000000000', '123456789012');
    assert.equal((await describeOf(await register({ ResourceArn: elsewhere }))).ResourceArn, elsewhere);
  });

  test('is for users that exist', async () => {
    const { appInstanceArn } = venue;
    for (const AppInstanceUserArn of [`${appInstanceArn}/user/nobody`, `${appInstanceArn}/bot/nobody`]) {
      await refused(register({ AppInstanceUserArn }), 'ForbiddenException', { Code: 'Forbidden' });
    }
  });
});

test('UpdateAppInstanceUserEndpoint changes what is given', async () => {
  const EndpointId = await register({ Name: 'before' });
  clock.advance(1000);
  const update = (changes: { Name?: string; AllowMessages?: 'ALL' | 'NONE' }) =>
    venue.identity.updateAppInstanceUserEndpoint({ AppInstanceUserArn: alice, EndpointId, ...changes });
  const { $metadata, ...reply } = await update({ AllowMessages: 'NONE' });
  assert.deepEqual(reply, { AppInstanceUserArn: alice, EndpointId });
  const first = await describeOf(EndpointId);
  assert.deepEqual([first.Name, first.AllowMessages], ['before', 'NONE']);
  assert.deepEqual(first.LastUpdatedTimestamp, new Date(clock.now()));
  await update({ Name: 'after' });
  const second = await describeOf(EndpointId);
  assert.deepEqual([second.Name, second.AllowMessages], ['after', 'NONE']);
  await refused(update({ Name: 'x'.repeat(1601) }), 'BadRequestException');
});

test('ListAppInstanceUserEndpoints gives summaries of one user’s, in pages', async () => {
  const AppInstanceUserArn = await venue.user('lister');
  const created: string[] = [];
  for (const Name of ['a', 'b', 'c']) created.push(await register({ AppInstanceUserArn, Name }));
  const first = await list(AppInstanceUserArn, 2);
  const second = await list(AppInstanceUserArn, 2, first.NextToken);
  assert.equal(second.NextToken, undefined);
  const listed = [first, second].flatMap(({ AppInstanceUserEndpoints = [] }) => AppInstanceUserEndpoints);
  assert.deepEqual(listed.map(({ EndpointId }) => EndpointId).sort(), created.sort());
  const members = ['AllowMessages', 'AppInstanceUserArn', 'EndpointId', 'EndpointState', 'Name', 'Type'];
  for (const endpoint of listed) assert.deepEqual(Object.keys(endpoint).sort(), members);
  await refused(list(alice, 2, first.NextToken), 'BadRequestException');
});

test('DeregisterAppInstanceUserEndpoint removes it, and what is not there', async () => {
  const EndpointId = await register();
  const request = { AppInstanceUserArn: alice, EndpointId };
  const { $metadata } = await venue.identity.deregisterAppInstanceUserEndpoint(request);
  assert.equal($metadata.httpStatusCode, 204);
  await refused(describeOf(EndpointId), 'ForbiddenException');
  await venue.identity.deregisterAppInstanceUserEndpoint(request);
});

test('an endpoint is reached through its own user alone', async () => {
  const EndpointId = await register({ Name: 'mine' });
  const AppInstanceUserArn = await venue.user('mallory');
  const { identity } = venue;
  await refused(describeOf(EndpointId, AppInstanceUserArn), 'ForbiddenException');
  const update = { AppInstanceUserArn, EndpointId, Name: 'yours' };
  await refused(identity.updateAppInstanceUserEndpoint(update), 'ForbiddenException');
  await identity.deregisterAppInstanceUserEndpoint({ AppInstanceUserArn, EndpointId });
  assert.equal((await describeOf(EndpointId)).Name, 'mine');
  await refused(describeOf('nothing'), 'ForbiddenException');
});
