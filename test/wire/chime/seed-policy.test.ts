/** From the command line of AWS to a message: a user of IAM with the policy that the guide to WebSockets opens with. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { findAwsCli, runTool, skipWithout } from '../iam/support/aws-tools.ts';
import { connect, connectUrl } from '../support/app-instance.ts';
import { ROOT_KEY } from '../support/server.ts';
import { typeOf } from './support/answers.ts';
import { furnish } from './support/place.ts';
import { ask, type Names, OPERATIONS, requestOf } from './support/requests.ts';
import { type ChimeVenue, chimeClients, openChimeVenue } from './support/venue.ts';

const CLI = findAwsCli();
const needed = skipWithout(CLI, 'the AWS command line');

let venue: ChimeVenue;
let names: Names;
before(async () => {
  venue = await openChimeVenue();
  names = await furnish(venue.server.url);
});
after(() => venue[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: replies differ by command
async function iam(...args: string[]): Promise<any> {
  const command = ['iam', ...args, '--output', 'json', '--endpoint-url', venue.server.url];
  const { reply, error } = await runTool(CLI ?? '', command, ROOT_KEY);
  assert.equal(error, '');
  return reply;
}

/** What a socket hears first: an event, or the code of its close. */
async function firstHeard(credentials: Credentials, userArn: string): Promise<string | number> {
  const { socket, first } = await connect(connectUrl(venue.server.url, credentials, { userArn }));
  socket.terminate();
  return typeof first === 'number' ? first : JSON.parse(first).Headers['x-amz-chime-event-type'];
}

test('a user made by the AWS CLI does with the AWS SDKs what the policy says, and nothing else', needed, async () => {
  const { alice, bob } = names;
  const user = ['--user-name', 'websocket'];
  await iam('create-user', ...user);
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['chime:Connect'], Resource: [alice] },
      { Effect: 'Allow', Action: ['chime:GetMessagingSessionEndpoint'], Resource: ['*'] },
    ],
  };
  await iam('put-user-policy', ...user, '--policy-name', 'connect', '--policy-document', JSON.stringify(policy));
  const { AccessKey } = await iam('create-access-key', ...user);
  const credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };

  const { identity, messaging } = chimeClients(venue.server.url, credentials);
  assert.ok((await messaging.getMessagingSessionEndpoint({})).Endpoint?.Url);
  await assert.rejects(identity.listAppInstances({}), { name: 'AccessDeniedException' });
  assert.equal(await firstHeard(credentials, alice), 'SESSION_ESTABLISHED');
  assert.equal(await firstHeard(credentials, bob), 4003);

  for (const operation of OPERATIONS) {
    const answer = typeOf(operation, await ask(venue.server.url, requestOf(operation, names), { credentials }));
    assert.equal(answer, operation === 'GetMessagingSessionEndpoint' ? undefined : 'AccessDeniedException', operation);
  }

  // Temporary credentials of the same user: the token is part of what is signed.
  const sts = new STS({ endpoint: venue.server.url, region: 'us-east-1', credentials });
  const { Credentials: given } = await sts.getSessionToken({});
  for (const client of [identity, messaging, sts]) client.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {};
  const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  assert.equal(await firstHeard(session, alice), 'SESSION_ESTABLISHED');
  assert.equal(await firstHeard(session, bob), 4003);
});
