/** What Parlor does to let a signed request in, put together as `src/main.ts` does, on facts already read. */
import { randomBytes } from 'node:crypto';
import { createSealer } from '../../src/aws/jwe.ts';
import type { Principal } from '../../src/aws/ports.ts';
import { createVerifier } from '../../src/aws/sigv4.ts';
import { createFactCache } from '../../src/engine/cache.ts';
import { systemClock } from '../../src/engine/clock.ts';
import type { AccessKeyFact } from '../../src/iam/access-key-facts.ts';
import { createAuthorize } from '../../src/iam/authorize.ts';
import { createIamIds } from '../../src/iam/identifiers.ts';
import type { Identity } from '../../src/iam/identities.ts';
import { LastUsed } from '../../src/iam/last-used.ts';
import { parsePolicyDocument } from '../../src/iam/policy-document.ts';
import { createPrincipals } from '../../src/iam/principals.ts';
import { createSessionTokens } from '../../src/iam/session-tokens.ts';
import { ACCOUNT, APP_INSTANCE, CREDENTIALS, REGION, SERVICE, signRequest, USER } from './request.ts';

/** The policy that Chime's documentation gives to whoever connects (spec/chime-messaging 4.4). */
export const SEED_POLICY = policy([
  { Effect: 'Allow', Action: ['chime:Connect'], Resource: [USER] },
  { Effect: 'Allow', Action: ['chime:GetMessagingSessionEndpoint'], Resource: ['*'] },
]);

/**
 * A policy of which every statement is about connecting, each as another user, and the last allows it. Their names are
 * of one length, so that none is told from another by that alone.
 */
export function policyOf(statements: number): string {
  return policy(
    Array.from({ length: statements }, (_, index) => ({
      Effect: 'Allow',
      Action: ['chime:Connect'],
      Resource: [index === statements - 1 ? USER : `${APP_INSTANCE}/user/${String(index).padStart(5, 'u')}`],
    })),
  );
}

function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const PRINCIPAL: Principal = {
  type: 'User',
  arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
  accountId: ACCOUNT,
  id: 'AIDAPARLORBENCH00001',
};

/** One IAM user with this policy, and her access key. */
function createAccess(document: string) {
  const key: AccessKeyFact = { secret: CREDENTIALS.secretAccessKey, userId: PRINCIPAL.id };
  const identity: Identity = {
    kind: 'user',
    id: PRINCIPAL.id,
    name: 'alice',
    arn: PRINCIPAL.arn,
    tags: {},
    policies: [{ name: 'user_alice_connect', document: parsePolicyDocument(document, 'identity') }],
    boundary: undefined,
  };
  const accessKeys = createFactCache<AccessKeyFact>({
    capacity: 10,
    read: async (id) => (id === CREDENTIALS.accessKeyId ? key : null),
  });
  const identities = createFactCache<Identity>({
    capacity: 10,
    read: async (id) => (id === PRINCIPAL.id ? identity : null),
  });
  const sealingKey = { kid: 'bench', key: randomBytes(32) };
  const keyring = { current: () => sealingKey, find: () => sealingKey };
  const sessions = createSessionTokens({ sealer: createSealer(keyring, 'session-token'), ids: createIamIds() });
  const lastUsed = new LastUsed({ write: async () => Promise.reject(), clock: systemClock(), report: () => undefined });
  const principals = createPrincipals({ accountId: ACCOUNT, rootKeys: [], sessions, accessKeys, identities, lastUsed });
  const authorize = createAuthorize({ identities, accessKeys });
  return {
    verify: createVerifier({ region: REGION, principals, now: Date.now }).verify,
    /** @throws when the policy does not let the principal connect */
    async connect(principal: Principal): Promise<void> {
      const { allowed, reason } = await authorize({
        principal,
        action: 'chime:Connect',
        resources: [USER],
        context: { sourceIp: '127.0.0.1', time: Date.now(), secureTransport: false, region: REGION },
      });
      if (!allowed) throw new Error(`The benchmark's user may not connect: ${reason}.`);
    },
  };
}

/** Verifying the signature of a request, then evaluating a policy for the principal. */
export async function verifying(document: string): Promise<() => Promise<void>> {
  const { verify, connect } = createAccess(document);
  const { method, path, headers, body } = await signRequest();
  const received = { method, target: path, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
  return async () => connect(await verify(received, SERVICE));
}

/** Evaluating a policy alone. */
export function evaluating(document: string): () => Promise<void> {
  const { connect } = createAccess(document);
  return () => connect(PRINCIPAL);
}
