/** A connection lasts as long as the credentials that opened it, or as the server (spec/chime-messaging 2.5, 2.7). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import { connect, connectUrl } from '../support/app-instance.ts';
import { stoppedClock } from '../support/clock.ts';
import { ROOT_KEY, startServer } from '../support/server.ts';
import { populate } from './support/venue.ts';

async function alice(url: string) {
  const userArn = await populate(url, ['alice']);
  return { userArn: userArn('alice') };
}

test('when the credentials expire it is closed with 1001, after which clients come back with fresh ones', async () => {
  const clock = stoppedClock();
  await using server = await startServer({ limits: 'off' }, clock);
  const parameters = await alice(server.url);
  const sts = new STS({ endpoint: server.url, region: 'us-east-1', credentials: ROOT_KEY });
  const { Credentials: given } = await sts.getSessionToken({ DurationSeconds: 900 });
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = given ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const { socket: lasting } = await connect(connectUrl(server.url, ROOT_KEY, parameters));
  const { socket: brief } = await connect(connectUrl(server.url, credentials, { ...parameters, sessionId: 'brief' }));
  const closed = once(brief, 'close');
  clock.advance(901_000);
  const [code] = await closed;
  assert.equal(code, 1001);
  assert.equal(lasting.readyState, lasting.OPEN);
  lasting.terminate();
});

test('when the server shuts down it is closed with 1012, after which clients come back', async () => {
  await using server = await startServer();
  const parameters = await alice(server.url);
  const { socket } = await connect(connectUrl(server.url, ROOT_KEY, parameters));
  const closed = once(socket, 'close');
  await server.parlor.drain();
  assert.equal((await closed)[0], 1012);
});
