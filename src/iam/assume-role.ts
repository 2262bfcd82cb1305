/** Whether a role may be assumed, and the session that comes of it (IAM user guide, "Methods to assume a role"). */
import type { AwsError } from '../aws/errors.ts';
import { accessDenied } from '../aws/errors.ts';
import type { Call } from '../aws/operation.ts';
import type { AccessContext, Session, TagMap } from '../aws/ports.ts';
import { conditionContext, withResourceTags } from './condition-context.ts';
import { arnOf } from './entities.ts';
import { MalformedPolicyDocument, ValidationError } from './errors.ts';
import { type Context, evaluateTrust, type TrustedParty } from './evaluate.ts';
import { checkDocument, findPolicy } from './managed-policy.ts';
import { parsePolicyDocument } from './policy-document.ts';
import type { StsContext } from './sts-operation.ts';
import type { RoleRow } from './tables.ts';
import { readTags } from './tags.ts';
import { meantBy } from './trusted.ts';

type Asked = Call<unknown> & StsContext;

/** What sessions of roles are made with; `scope` is STS's part of the ARN space. */
export type SessionMaker = Pick<Asked, 'read' | 'clock' | 'sessions' | 'scope' | 'iamScope'>;

/** The role of that ARN; undefined when there is none. */
export async function findRole(
  { read, iamScope }: Pick<StsContext, 'read' | 'iamScope'>,
  arn: string,
): Promise<RoleRow | undefined> {
  const name = arn.split('/').at(-1) ?? '';
  const row = await read((sql) =>
    sql.selectFrom('iam_role').selectAll().where('name_key', '=', name.toLowerCase()).executeTakeFirst(),
  );
  return row && arnOf(iamScope, 'role', row) === arn ? row : undefined;
}

/**
 * Asks the role's trust policy and, where that leaves it to the account, the policies of whoever asks.
 * @param actions all of them are needed
 * @throws AccessDenied, alike for a role that does not exist
 */
export async function requireTrust(
  call: Asked,
  role: RoleRow | undefined,
  arn: string,
  { actions, ...request }: { readonly actions: readonly string[] } & Pick<AccessContext, 'requestTags' | 'conditions'>,
): Promise<RoleRow> {
  const { principal, authorize, identities } = call;
  const identity = (await identities.load(principal.id)) ?? undefined;
  const access = { ...call.access, ...request };
  const meant = role && identity && meantBy(role, identity);
  const party: TrustedParty =
    principal.type === 'User'
      ? { arn: meant, accountId: principal.accountId }
      : { arn: principal.arn, roleArn: meant, accountId: principal.accountId };
  for (const action of actions) {
    if (!role) throw accessDenied(principal.arn, action, arn);
    const tags = readTags(role.tags);
    const { allowed, byAccount } = trusts(role, party, action, conditionContext(principal, identity, access));
    if (!allowed) throw accessDenied(principal.arn, action, arn);
    const own = await authorize({ principal, action, resources: [arn], context: access, resourceTags: () => tags });
    if (!own.allowed && (byAccount || own.explicit)) throw accessDenied(principal.arn, action, arn, own.reason);
  }
  if (!role) throw accessDenied(principal.arn, 'sts:AssumeRole', arn);
  return role;
}

/** What the role's trust policy says. */
export function trusts(role: RoleRow, principal: TrustedParty, action: string, facts: Context) {
  const context = withResourceTags(facts, readTags(role.tags));
  return evaluateTrust(parsePolicyDocument(role.trust_policy, 'trust'), { principal, action, context });
}

/** What every way to assume a role is asked. */
export interface SessionRequest {
  readonly RoleSessionName: string;
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
  readonly DurationSeconds?: number | undefined;
}

const DEFAULT_SECONDS = 3600;

/** Makes the credentials of a session of the role, and says whose they are. */
export async function startSession(
  maker: SessionMaker,
  role: RoleRow,
  input: SessionRequest,
  more: Pick<Session, 'tags' | 'transitiveTagKeys' | 'sourceIdentity' | 'claims'>,
) {
  const { scope, clock, sessions } = maker;
  const { RoleSessionName: name, DurationSeconds: seconds = DEFAULT_SECONDS } = input;
  if (seconds > role.max_session_duration) {
    throw ValidationError({
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
  }
  const policies = await readSessionPolicies(maker, input);
  const issuedAt = clock.now();
  const arn = scope.arn(`assumed-role/${role.name}/${name}`);
  const { credentials, packedSize } = sessions.issue({
    type: 'AssumedRole',
    arn,
    accountId: scope.accountId,
    id: role.id,
    session: { name, ...(policies && { policies }), issuedAt, expiresAt: issuedAt + seconds * 1000, ...more },
  });
  return {
    Credentials: credentials,
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${name}`, Arn: arn },
    PackedPolicySize: packedSize,
    SourceIdentity: more.sourceIdentity,
  };
}

/** The policy given and the managed ones named, as they are now. */
async function readSessionPolicies(
  { read, iamScope }: SessionMaker,
  { Policy: given, PolicyArns: named = [] }: SessionRequest,
): Promise<readonly string[] | undefined> {
  if (given === undefined && named.length === 0) return undefined;
  if (given !== undefined) checkDocument(given, 'identity');
  const managed = await read((sql) =>
    Promise.all(
      named.map(async ({ arn = '' }) => {
        const policy = await findPolicy(sql, iamScope, arn);
        if (!policy) throw missing(arn);
        const version = await sql
          .selectFrom('iam_policy_version')
          .select('document')
          .where('policy_id', '=', policy.id)
          .where('version', '=', policy.default_version)
          .executeTakeFirstOrThrow();
        return version.document;
      }),
    ),
  );
  return given === undefined ? managed : [given, ...managed];
}

function missing(arn: string): AwsError {
  return MalformedPolicyDocument({ message: `The policy ${arn} does not exist.` });
}

/** Tags of a session: those asked for and those that the session before hands down, which nothing overrides. */
export function sessionTags(asked: TagMap, transitive: readonly string[], before: Session | undefined) {
  const has = (keys: readonly string[], key: string) => keys.some((each) => each.toLowerCase() === key.toLowerCase());
  const unknown = transitive.find((key) => !has(Object.keys(asked), key));
  if (unknown !== undefined) {
    throw ValidationError({ message: `The transitive tag key '${unknown}' must be one of the requested tags.` });
  }
  const inherited = Object.entries(before?.tags ?? {}).filter(([key]) => has(before?.transitiveTagKeys ?? [], key));
  const clash = inherited.find(([key]) => has(Object.keys(asked), key));
  if (clash) {
    throw ValidationError({ message: `The tag '${clash[0]}' has been set as a transitive tag and cannot be changed.` });
  }
  return {
    tags: { ...asked, ...Object.fromEntries(inherited) },
    transitiveTagKeys: [...transitive, ...inherited.map(([key]) => key)],
  };
}
