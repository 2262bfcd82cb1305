import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccessRequest, Principal, TagMap } from '../../../src/aws/ports.ts';
import { createFactCache } from '../../../src/engine/cache.ts';
import { createAuthorize } from '../../../src/iam/authorize.ts';
import type { Identity } from '../../../src/iam/identities.ts';
import { parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import { rootPrincipal } from '../../../src/iam/principals.ts';

const ACCOUNT = '123456789012';
const OWN = `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/a`;
const OTHER = `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/b`;
const FOREIGN = 'arn:aws:ivschat:us-east-1:210987654321:room/a';
const ALICE: Principal = {
  type: 'User',
  arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
  accountId: ACCOUNT,
  id: 'AIDAALICE',
};
const SESSION: Principal = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/chat/phone`,
  accountId: ACCOUNT,
  id: 'AROACHAT',
};

type Statement = Readonly<Record<string, unknown>>;

function policy(...statements: Statement[]) {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return { name: 'p', document: parsePolicyDocument(document, 'identity') };
}

const allow = (more: Statement = {}) => ({ Effect: 'Allow', Action: 'ivschat:*', Resource: '*', ...more });
const deny = (more: Statement = {}) => ({ ...allow(more), Effect: 'Deny' });

interface Given extends Partial<Omit<AccessRequest, 'context'>> {
  readonly statements?: Statement[];
  readonly boundary?: Statement[];
  readonly tags?: TagMap;
  readonly context?: Partial<AccessRequest['context']>;
}

async function ask({ statements = [], boundary, tags = {}, context, ...request }: Given = {}) {
  const facts = {
    tags,
    policies: statements.length > 0 ? [policy(...statements)] : [],
    boundary: boundary && policy(...boundary),
  };
  const alice: Identity = { ...facts, kind: 'user', id: ALICE.id, name: 'alice', arn: ALICE.arn };
  const role: Identity = {
    ...facts,
    kind: 'role',
    id: SESSION.id,
    name: 'chat',
    arn: `arn:aws:iam::${ACCOUNT}:role/chat`,
  };
  const known = [alice, role];
  const identities = createFactCache({ capacity: 8, read: async (id) => known.find((one) => one.id === id) ?? null });
  const key = { secret: 's', userId: ALICE.id };
  const accessKeys = createFactCache({ capacity: 8, read: async (id) => (id === 'AKIAACTIVE' ? key : null) });
  return createAuthorize({ identities, accessKeys })({
    principal: ALICE,
    action: 'ivschat:GetRoom',
    resources: [OWN],
    context: { sourceIp: '192.0.2.1', time: 0, secureTransport: false, region: 'us-east-1', ...context },
    ...request,
  });
}

async function allowed(given: Given): Promise<boolean> {
  return (await ask(given)).allowed;
}

test('who signed with a key that is gone by now may do nothing', async () => {
  const statements = [allow()];
  assert.ok(await allowed({ principal: { ...ALICE, accessKeyId: 'AKIAACTIVE' }, statements }));
  assert.deepEqual(await ask({ principal: { ...ALICE, accessKeyId: 'AKIAGONE' }, statements, resources: [OWN] }), {
    allowed: false,
    resource: OWN,
    reason: 'because its access key is not active any more',
  });
});

describe('the root', () => {
  const principal = rootPrincipal(ACCOUNT);

  test('may do everything on the resources of its account', async () => {
    assert.deepEqual(await ask({ principal, resources: [OWN, OTHER, '*'] }), { allowed: true });
  });

  test('may not touch what is another account’s or nobody’s', async () => {
    const reason = 'because no resource-based policy allows the ivschat:GetRoom action';
    assert.deepEqual(await ask({ principal, resources: [OWN, FOREIGN] }), {
      allowed: false,
      resource: FOREIGN,
      reason,
    });
    assert.deepEqual(await ask({ principal, resources: ['room/a'] }), { allowed: false, resource: 'room/a', reason });
  });
});

describe('a user', () => {
  test('may do nothing without a policy', async () => {
    const reason = 'because no identity-based policy allows the ivschat:GetRoom action';
    assert.deepEqual(await ask(), { allowed: false, resource: OWN, reason });
  });

  test('may do what a policy allows on all resources concerned', async () => {
    const statements = [allow({ Resource: OWN })];
    assert.deepEqual(await ask({ statements }), { allowed: true });
    assert.partialDeepStrictEqual(await ask({ statements, resources: [OWN, OTHER] }), {
      allowed: false,
      resource: OTHER,
    });
  });

  test('may not do what a policy denies, whatever allows it', async () => {
    const reason = 'with an explicit deny in an identity-based policy';
    const denial = { allowed: false, explicit: true, resource: OWN, reason };
    assert.deepEqual(await ask({ statements: [allow(), deny()] }), denial);
  });

  test('may do nothing beyond a boundary', async () => {
    const boundary = [allow({ Resource: OTHER })];
    const reason = 'because no permissions boundary allows the ivschat:GetRoom action';
    assert.deepEqual(await ask({ statements: [allow()], boundary }), { allowed: false, resource: OWN, reason });
    assert.equal(await allowed({ statements: [allow()], boundary: [allow()] }), true);
  });

  test('who is no more may do nothing', async () => {
    assert.equal(await allowed({ principal: { ...ALICE, id: 'AIDAGONE' }, statements: [allow()] }), false);
  });

  test('may not touch another account, whatever a policy says', async () => {
    assert.equal(await allowed({ statements: [allow()], resources: [FOREIGN] }), false);
  });
});

describe('a session', () => {
  const session = { policies: [], tags: {}, issuedAt: 0, expiresAt: 1 };
  const document = (...statements: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

  test('without policies of its own may do what its role may', async () => {
    const { policies, ...plain } = session;
    assert.deepEqual(policies, []);
    assert.equal(await allowed({ principal: { ...SESSION, session: plain }, statements: [allow()] }), true);
  });

  test('may do nothing that its policies do not allow', async () => {
    const statements = [allow()];
    const reason = 'because no session policy allows the ivschat:GetRoom action';
    const principal = { ...SESSION, session: { ...session, policies: [document(allow({ Resource: OTHER }))] } };
    assert.deepEqual(await ask({ principal, statements }), { allowed: false, resource: OWN, reason });
    assert.equal(await allowed({ principal, statements, resources: [OTHER] }), true);
    assert.equal(await allowed({ principal: { ...SESSION, session }, statements }), false);
  });

  test('has its own tags before those of its role, and its name in aws:userid', async () => {
    const named = { ...session, name: 'phone', tags: { UserUUID: 'u-1' } };
    const { policies, ...plain } = named;
    assert.deepEqual(policies, []);
    const statements = [
      allow({
        Condition: {
          StringEquals: {
            'aws:PrincipalTag/UserUUID': 'u-1',
            'aws:PrincipalTag/team': 'x',
            'aws:userid': 'AROACHAT:phone',
            'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/chat`,
          },
        },
      }),
    ];
    const tags = { useruuid: 'role', team: 'x' };
    assert.equal(await allowed({ principal: { ...SESSION, session: plain }, statements, tags }), true);
  });
});

describe('conditions know', () => {
  const cases: readonly [name: string, condition: Statement, given?: Given][] = [
    ['the principal', { ArnEquals: { 'aws:PrincipalArn': ALICE.arn } }],
    ['the account', { StringEquals: { 'aws:PrincipalAccount': ACCOUNT } }],
    ['the kind of principal', { StringEquals: { 'aws:PrincipalType': 'User' } }],
    ['the user’s name and id', { StringEquals: { 'aws:username': 'alice', 'aws:userid': ALICE.id } }],
    ['tags of the principal', { StringEquals: { 'aws:PrincipalTag/Team': 'x' } }, { tags: { team: 'x' } }],
    ['the address', { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }],
    [
      'the time',
      { DateLessThan: { 'aws:CurrentTime': '1970-01-02T00:00:00Z' }, NumericEquals: { 'aws:EpochTime': '0' } },
    ],
    ['TLS', { Bool: { 'aws:SecureTransport': 'true' } }, { context: { secureTransport: true } }],
    ['the region', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }],
    [
      'tags of the request',
      { StringEquals: { 'aws:RequestTag/Cost': '7' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Cost'] } },
      { context: { requestTags: { Cost: '7' } } },
    ],
    [
      'keys of tags that are removed',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Cost'] }, Null: { 'aws:TagKeys': 'false' } },
      { context: { requestTags: ['Cost'] } },
    ],
    [
      'tags of the resource',
      { StringEquals: { 'aws:ResourceTag/Stage': 'test' } },
      { resourceTags: async (resource) => (resource === OWN ? { stage: 'test' } : undefined) },
    ],
    [
      'keys of the operation',
      { StringEquals: { 'iam:PolicyARN': 'a' } },
      { context: { conditions: { 'iam:PolicyARN': 'a' } } },
    ],
  ];
  for (const [name, Condition, given] of cases) {
    test(name, async () => {
      assert.equal(await allowed({ ...given, statements: [allow({ Condition })] }), true);
      assert.equal(await allowed({ ...given, statements: [allow(), deny({ Condition })] }), false);
    });
  }

  test('nothing of a resource without tags', async () => {
    const statements = [allow({ Condition: { StringEquals: { 'aws:ResourceTag/Stage': 'test' } } })];
    assert.equal(await allowed({ statements, resourceTags: () => undefined }), false);
  });

  test('tags of resources are read only when a policy asks for them', async () => {
    const resourceTags = () => assert.fail('not asked for');
    assert.equal(await allowed({ statements: [allow()], resourceTags }), true);
  });
});
