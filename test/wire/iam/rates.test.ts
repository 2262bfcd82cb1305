/** How often STS may be called. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { ROOT_KEY, startServer } from '../support/server.ts';

async function open(flags: Record<string, string | string[]>) {
  await using resources = new AsyncDisposableStack();
  const clock = stoppedClock();
  const server = resources.use(await startServer(flags, clock));
  const options = { endpoint: server.url, region: 'us-east-1', credentials: ROOT_KEY, maxAttempts: 1 };
  const [sts, iam] = [new STS(options), new IAM(options)];
  resources.defer(() => sts.destroy());
  resources.defer(() => iam.destroy());
  const running = resources.move();
  return { clock, sts, iam, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

test('signed calls of STS have one rate, and none else', async () => {
  await using server = await open({ limit: ['sts-calls-per-second=2'] });
  const { clock, sts, iam } = server;
  await sts.getCallerIdentity({});
  await sts.getSessionToken({});
  await refused(sts.getCallerIdentity({}), 'Throttling', {
    message: 'Rate exceeded',
    $metadata: { httpStatusCode: 400 },
  });
  await refused(
    sts.assumeRoleWithWebIdentity({
      RoleArn: 'arn:aws:iam::000000000000:role/none',
      RoleSessionName: 'browser',
      WebIdentityToken: 'none',
    }),
    'InvalidIdentityTokenException',
  );
  for (let i = 0; i < 5; i++) await iam.listUsers({});
  clock.advance(1000);
  assert.ok((await sts.getCallerIdentity({})).Arn);
});
