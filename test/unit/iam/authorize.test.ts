import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../../src/aws/ports.ts';
import { authorize } from '../../../src/iam/authorize.ts';
import { createPrincipals, rootPrincipal } from '../../../src/iam/principals.ts';

const ACCOUNT = '123456789012';
const OWN = `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/a`;
const FOREIGN = 'arn:aws:ivschat:us-east-1:210987654321:room/a';

function ask(resources: readonly string[], principal = rootPrincipal(ACCOUNT)) {
  const context = { sourceIp: '127.0.0.1', time: 0, secureTransport: false, region: 'us-east-1' };
  return authorize({ principal, action: 'ivschat:GetRoom', resources, context });
}

test('the root may do everything on the resources of its account', () => {
  assert.deepEqual(ask([OWN]), { allowed: true });
  assert.deepEqual(ask([OWN, OWN]), { allowed: true });
});

test('nobody may touch the resources of another account', () => {
  assert.deepEqual(ask([OWN, FOREIGN]), { allowed: false, resource: FOREIGN });
  assert.deepEqual(ask(['room/a']), { allowed: false, resource: 'room/a' });
});

test('who is not the root may do nothing', () => {
  const principal: Principal = {
    type: 'User',
    arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
    accountId: ACCOUNT,
    id: 'AIDAALICE',
  };
  assert.deepEqual(ask([OWN], principal), { allowed: false, resource: OWN });
});

test('a root key is found by its id, without a session token', async () => {
  const rootKeys = [{ accessKeyId: 'AKIAROOT', secretAccessKey: 'secret' }];
  const principals = createPrincipals({ accountId: ACCOUNT, rootKeys });
  const key = await principals.find('AKIAROOT', undefined);
  assert.deepEqual(key, { secret: 'secret', principal: rootPrincipal(ACCOUNT) });
  assert.equal(await principals.find('AKIAROOT', 'token'), undefined);
  assert.equal(await principals.find('AKIAOTHER', undefined), undefined);
});
