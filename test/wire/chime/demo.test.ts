/** What `POST /demo/credentials` lends to a page, and what can be done with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer, type TestServer } from '../support/server.ts';
import { chimeClients } from './support/venue.ts';

interface Lent {
  readonly AppInstanceArn: string;
  readonly AppInstanceUserArn: string;
  readonly Name: string;
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
  };
}

async function lend(server: TestServer, as: string): Promise<Lent> {
  const response = await fetch(`${server.url}/demo/credentials`, {
    method: 'POST',
    headers: { origin: server.url, 'x-parlor-demo': '1' },
    body: JSON.stringify({ as }),
  });
  assert.equal(response.status, 200);
  return response.json() as Promise<Lent>;
}

/** Clients of somebody who has been lent credentials. */
function clientsOf(server: TestServer, { Credentials }: Lent) {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  return chimeClients(server.url, credentials);
}

test('three people who ask at once are in one app instance, with two channels', async () => {
  await using server = await startServer();
  const lent = await Promise.all(['alice', 'bob', 'carol'].map((as) => lend(server, as)));
  assert.deepEqual(
    lent.map(({ Name }) => Name),
    ['Alice', 'Bob', 'Carol'],
  );
  assert.equal(new Set(lent.map(({ AppInstanceArn }) => AppInstanceArn)).size, 1);
  for (const each of lent) {
    const { messaging } = clientsOf(server, each);
    const ChimeBearer = each.AppInstanceUserArn;
    const { ChannelMemberships } = await messaging.listChannelMembershipsForAppInstanceUser({ ChimeBearer });
    const names = ChannelMemberships?.map(({ ChannelSummary }) => ChannelSummary?.Name);
    assert.deepEqual(names, ['Lobby', 'Kitchen']);
  }
});

test('it is made once, and what was deleted of it is made again', async () => {
  await using server = await startServer();
  const alice = await lend(server, 'alice');
  assert.equal((await lend(server, 'alice')).AppInstanceArn, alice.AppInstanceArn);
  const { identity } = chimeClients(server.url);
  await identity.deleteAppInstance({ AppInstanceArn: alice.AppInstanceArn });
  const again = await lend(server, 'alice');
  assert.notEqual(again.AppInstanceArn, alice.AppInstanceArn);
  const { messaging } = clientsOf(server, again);
  const ChannelArn = `${again.AppInstanceArn}/channel/lobby`;
  await messaging.listChannelMessages({ ChannelArn, ChimeBearer: again.AppInstanceUserArn });
});

test('whoever has credentials for one of the three acts as that one alone, in channels', async () => {
  await using server = await startServer();
  const bob = await lend(server, 'bob');
  const { AppInstanceArn, AppInstanceUserArn: ChimeBearer } = bob;
  const { messaging, identity } = clientsOf(server, bob);
  const ChannelArn = `${AppInstanceArn}/channel/lobby`;
  const alice = `${AppInstanceArn}/user/alice`;
  await messaging.listChannelMessages({ ChannelArn, ChimeBearer });
  for (const attempt of [
    messaging.listChannelMessages({ ChannelArn, ChimeBearer: alice }),
    messaging.deleteChannel({ ChannelArn, ChimeBearer }),
    identity.deleteAppInstance({ AppInstanceArn }),
    identity.deleteAppInstanceUser({ AppInstanceUserArn: ChimeBearer }),
    identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: ChimeBearer }),
    identity.listAppInstances({}),
  ]) {
    await assert.rejects(attempt, { name: 'AccessDeniedException' });
  }
});
