/** What credentials of `POST /creds` do in channels, under a role that may do everything (spec/chime-messaging 7 A). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChimeSDKIdentity } from '@aws-sdk/client-chime-sdk-identity';
import type { ChimeSDKMessaging } from '@aws-sdk/client-chime-sdk-messaging';
import type { Account } from '../iam/support/account.ts';
import { credentialsOf, exchange, openExchange } from '../iam/support/exchange.ts';
import { AUDIENCE, openIssuer, type TestIssuer } from '../iam/support/issuer.ts';
import { temporaryDirectory } from '../support/server.ts';
import { chimeClients, openChimeVenue } from './support/venue.ts';

const resources = new AsyncDisposableStack();
let account: Account;
let issuer: TestIssuer;
let root: ChimeSDKIdentity;
let bob: string;
let channel: string;
let alice: { readonly arn: string; readonly identity: ChimeSDKIdentity; readonly messaging: ChimeSDKMessaging };
const denied = { name: 'AccessDeniedException' };
const token = () => ({ ClientRequestToken: crypto.randomUUID() });

before(async () => {
  const directory = resources.use(temporaryDirectory());
  issuer = resources.use(await openIssuer());
  // The exchange is told of an app instance that exists, so the server starts twice.
  const venue = await openChimeVenue({ 'data-dir': directory.path });
  const { appInstanceArn } = venue;
  bob = await venue.user('bob');
  channel = await venue.channel(bob, { Mode: 'UNRESTRICTED', MemberArns: [await venue.user('alice', 'Alice')] });
  await venue[Symbol.asyncDispose]();
  const flags = { 'creds-app-instance': appInstanceArn, 'creds-issuer': `${issuer.url}=${AUDIENCE}` };
  account = resources.use(
    await openExchange({ ...flags, 'data-dir': directory.path }, { Effect: 'Allow', Action: '*', Resource: '*' }),
  );
  const reply = await exchange(account, await issuer.tokenOf({ subject: 'alice' }));
  const clients = chimeClients(account.server.url, credentialsOf(reply));
  resources.defer(() => clients.identity.destroy());
  resources.defer(() => clients.messaging.destroy());
  const clientsOfRoot = chimeClients(account.server.url);
  resources.defer(() => clientsOfRoot.identity.destroy());
  root = clientsOfRoot.identity;
  alice = { ...clients, arn: reply.ChimeAppInstanceUserArn };
});
after(() => resources.disposeAsync());

const say = (ChimeBearer: string) =>
  alice.messaging.sendChannelMessage({
    ChannelArn: channel,
    ChimeBearer,
    Content: 'hello',
    Type: 'STANDARD',
    Persistence: 'PERSISTENT',
    ...token(),
  });

const createChannel = (ChimeBearer: string) =>
  alice.messaging.createChannel({
    AppInstanceArn: alice.arn.replace(/\/user\/.*/, ''),
    ChimeBearer,
    Name: 'own',
    ...token(),
  });

test('their user speaks and makes channels', async () => {
  assert.ok((await say(alice.arn)).MessageId);
  assert.ok((await createChannel(alice.arn)).ChannelArn);
});

test('no other user does', async () => {
  await assert.rejects(say(bob), denied);
  await assert.rejects(createChannel(bob), denied);
  const AppInstanceArn = bob.replace(/\/user\/.*/, '');
  const mallory = { AppInstanceArn, AppInstanceUserId: 'mallory', Name: 'Mallory', ...token() };
  await assert.rejects(alice.identity.createAppInstanceUser(mallory), denied);
});

test('a user that is not there yet is made, and one that is stays as it is', async () => {
  const nameOf = async (subject: string) => {
    const reply = await exchange(account, await issuer.tokenOf({ subject, claims: { name: 'Somebody' } }));
    const { AppInstanceUser } = await root.describeAppInstanceUser({
      AppInstanceUserArn: reply.ChimeAppInstanceUserArn,
    });
    return AppInstanceUser?.Name;
  };
  assert.equal(await nameOf('carol'), 'Somebody');
  assert.equal(await nameOf('alice'), 'Alice');
});
