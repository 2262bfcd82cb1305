/** `parlor policy explain`: the policies come from the server or from files, the reasons from the engine that decides. */
import { parseArn } from '../aws/arn.ts';
import { conditionContext } from '../iam/condition-context.ts';
import { type Explanation, explain, type NamedPolicy } from '../iam/evaluate.ts';
import type { Identity } from '../iam/identities.ts';
import { MalformedPolicy, parsePolicyDocument } from '../iam/policy-document.ts';
import { CliError } from './errors.ts';
import { readDocument } from './given.ts';
import { connectIam, type IamConnection, ownerOf, pages } from './iam.ts';
import { plain } from './listing.ts';
import type { ExplainOptions } from './policy.ts';

/** Prints the decision on each resource, what it follows from, and every statement with whether it matches. */
export async function explainPolicies(options: ExplainOptions): Promise<void> {
  const { action, resource: resources = ['*'], document: documents = [], user, group, role } = options;
  const given: NamedPolicy[] = [];
  for (const [index, text] of documents.entries()) {
    given.push(policyOf(text.startsWith('@') ? text.slice(1) : `document ${index + 1}`, await readDocument(text)));
  }
  const named = user !== undefined || group !== undefined || role !== undefined;
  if (!named && given.length === 0) throw new CliError('One of --user, --group, --role and --document is needed.');
  const identity = named ? await readIdentity(await connectIam(options), options) : undefined;
  const policies = { identity: [...(identity?.policies ?? []), ...given], boundary: identity?.boundary };
  const context = contextOf(identity, options);
  for (const resource of resources) {
    console.log(describe(explain(policies, { action, resource, context }), action, resource).map(plain).join('\n'));
  }
}

function describe({ decision, statements }: Explanation, action: string, resource: string): string[] {
  const { allowed, why, lacking } = decision;
  const none = lacking[0] === 'boundary' ? 'the permissions boundary does not allow it' : 'no statement allows it';
  const reason = { allowed: 'a statement allows it', explicitDeny: 'a statement denies it', implicitDeny: none }[why];
  return [
    `${allowed ? 'Allowed' : 'Denied'}: ${action} on ${resource}: ${reason}.`,
    ...statements.map(({ type, policy, index, sid, effect, mismatch }) => {
      const place = `${type === 'boundary' ? 'boundary ' : ''}${policy}, Statement[${index}]${sid ? ` "${sid}"` : ''}`;
      return `  ${place}: ${effect}, ${mismatch === undefined ? 'matches' : `does not match: ${mismatch}`}`;
    }),
  ];
}

/** The context that a request of the user or role from this machine would have now. */
function contextOf(identity: Identity | undefined, { context = {}, region = 'us-east-1' }: ExplainOptions) {
  const request = { sourceIp: '127.0.0.1', time: Date.now(), secureTransport: false, region };
  const principal = {
    type: identity?.kind === 'role' ? ('AssumedRole' as const) : ('User' as const),
    arn: identity?.arn ?? '',
    accountId: parseArn(identity?.arn ?? '')?.accountId ?? '',
    id: identity?.id ?? '',
  };
  const facts = identity === undefined ? new Map() : conditionContext(principal, identity, request);
  for (const [key, value] of Object.entries(context)) facts.set(key.toLowerCase(), [value]);
  return facts;
}

/** All that decides what a user, group or role may do; a group has no identity of its own. */
async function readIdentity(connection: IamConnection, options: ExplainOptions): Promise<Identity> {
  const { client, iam } = connection;
  const policies = await readPolicies(connection, options);
  if (options.role !== undefined) {
    const { Role } = await client.call(iam.GetRole, { RoleName: options.role });
    const { RoleId: id, RoleName: name, Arn: arn, PermissionsBoundary: boundary, Tags } = Role;
    return { kind: 'role', id, name, arn, policies, ...(await boundaryOf(connection, boundary)), tags: tagMap(Tags) };
  }
  if (options.user === undefined) {
    return { kind: 'user', id: '', name: '', arn: '', policies, boundary: undefined, tags: {} };
  }
  const { User } = await client.call(iam.GetUser, { UserName: options.user });
  const { UserId: id, Arn: arn, PermissionsBoundary: boundary, Tags } = User;
  const groups = pages(
    (marker) => client.call(iam.ListGroupsForUser, { UserName: options.user ?? '', ...marker }),
    ({ Groups }) => Groups,
  );
  for await (const { GroupName: group } of groups) policies.push(...(await readPolicies(connection, { group })));
  const name = User.UserName ?? options.user;
  return { kind: 'user', id, name, arn, policies, ...(await boundaryOf(connection, boundary)), tags: tagMap(Tags) };
}

async function readPolicies(
  connection: IamConnection,
  options: Pick<ExplainOptions, 'user' | 'group' | 'role'>,
): Promise<NamedPolicy[]> {
  const owner = ownerOf(connection, options);
  const policies: NamedPolicy[] = [];
  for await (const PolicyName of owner.inline()) {
    const { PolicyDocument } = await owner.get({ PolicyName });
    policies.push(policyOf(PolicyName, decodeURIComponent(PolicyDocument)));
  }
  for await (const arn of owner.attached()) policies.push(await readManaged(connection, arn));
  return policies;
}

async function readManaged({ client, iam }: IamConnection, PolicyArn: string): Promise<NamedPolicy> {
  const { Policy } = await client.call(iam.GetPolicy, { PolicyArn });
  const { PolicyVersion } = await client.call(iam.GetPolicyVersion, { PolicyArn, VersionId: Policy.DefaultVersionId });
  return policyOf(PolicyArn, decodeURIComponent(PolicyVersion.Document ?? ''));
}

async function boundaryOf(
  connection: IamConnection,
  boundary: { readonly PermissionsBoundaryArn: string } | undefined,
): Promise<Pick<Identity, 'boundary'>> {
  return { boundary: boundary && (await readManaged(connection, boundary.PermissionsBoundaryArn)) };
}

function tagMap(tags: readonly { readonly Key: string; readonly Value: string }[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function policyOf(name: string, text: string): NamedPolicy {
  try {
    return { name, document: parsePolicyDocument(text, 'identity') };
  } catch (error) {
    throw error instanceof MalformedPolicy ? new CliError(`${name} is no policy: ${error.message}`) : error;
  }
}
