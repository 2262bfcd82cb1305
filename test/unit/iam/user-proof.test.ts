/** What is told, for the log, of a webhook that does not answer as it should. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { AwsError } from '../../../src/aws/errors.ts';
import { createWebhookProof } from '../../../src/iam/user-proof.ts';

/** Why a token could not be checked. */
async function causeOf(answer: RequestListener): Promise<string> {
  await using server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/hooks/secret-path?key=secret-key`;
  const prove = createWebhookProof({ url, secret: undefined, clock: { now: () => 0 } });
  let cause = '';
  await assert.rejects(prove('secret-token'), (error: AwsError) => {
    assert.equal(error.type, 'ProofUnavailable');
    cause = String(error.cause);
    return true;
  });
  return cause;
}

test('neither what it answered is told', async () => {
  const cause = await causeOf((_request, response) => response.end('secret-token'));
  assert.match(cause, /no JSON/);
  assert.doesNotMatch(cause, /secret/);
});

test('nor its path and query, which may be what lets one ask it', async () => {
  const cause = await causeOf((_request, response) => response.end(Buffer.alloc(300 << 10)));
  assert.match(cause, /larger than 262144 bytes/);
  assert.doesNotMatch(cause, /secret/);
});
