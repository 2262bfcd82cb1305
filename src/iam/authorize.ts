/** Decides who may do what, by the policies that users and roles have. */
import { parseArn } from '../aws/arn.ts';
import type { AccessDecision, Authorize, Session } from '../aws/ports.ts';
import type { AccessKeys } from './access-key-facts.ts';
import { conditionContext, lazily, withResourceTags } from './condition-context.ts';
import { type Context, type Decision, evaluate, type NamedPolicy, type Policies, type PolicyType } from './evaluate.ts';
import type { Identities } from './identities.ts';
import { parsePolicyDocument } from './policy-document.ts';

/** How the policies are called in answers to those who are denied. */
const NAMES: Readonly<Record<PolicyType, string>> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  trust: 'resource-based policy',
};

/**
 * The root may do everything on its own account's resources; everybody else what policies allow. May be asked again of
 * somebody who was let in a while ago, and answers as things are now.
 */
export function createAuthorize(facts: {
  readonly identities: Pick<Identities, 'peek' | 'load'>;
  readonly accessKeys: Pick<AccessKeys, 'peek' | 'load'>;
}): Authorize {
  const { identities, accessKeys } = facts;
  const sessionPolicies = createSessionPolicies();

  return async (request) => {
    const { principal, action, resources } = request;
    const foreign = resources.find((resource) => !isOwn(resource, principal.accountId));
    if (foreign !== undefined) return refused(foreign, `because no ${NAMES.trust} allows the ${action} action`);
    if (principal.type === 'Account') return { allowed: true };

    const { accessKeyId } = principal;
    if (accessKeyId !== undefined && !(accessKeys.peek(accessKeyId) ?? (await accessKeys.load(accessKeyId)))) {
      return refused(resources[0] ?? '*', 'because its access key is not active any more');
    }
    const identity = identities.peek(principal.id) ?? (await identities.load(principal.id)) ?? undefined;
    const policies: Policies = {
      identity: identity?.policies ?? [],
      boundary: identity?.boundary,
      session: principal.session && sessionPolicies(principal.session),
    };
    const context = lazily(() => conditionContext(principal, identity, request.context));
    const asksForTags = request.resourceTags && asksForResourceTags(policies);
    for (const resource of resources) {
      const facts: Context = asksForTags ? withResourceTags(context, await request.resourceTags?.(resource)) : context;
      const decision = evaluate(policies, { action, resource, context: facts });
      if (!decision.allowed) {
        const denial = refused(resource, reasonOf(decision, action));
        return decision.why === 'explicitDeny' ? { ...denial, explicit: true } : denial;
      }
    }
    return { allowed: true };
  };
}

function isOwn(resource: string, accountId: string): boolean {
  return resource === '*' || parseArn(resource)?.accountId === accountId;
}

function refused(resource: string, reason: string): AccessDecision {
  return { allowed: false, resource, reason };
}

/** Why, in AWS's words. */
function reasonOf({ why, statements, lacking }: Decision, action: string): string {
  const [deny] = statements;
  if (why === 'explicitDeny' && deny) {
    const name = NAMES[deny.type];
    return `with an explicit deny in ${name.startsWith('i') ? 'an' : 'a'} ${name}`;
  }
  return `because no ${NAMES[lacking[0] ?? 'identity']} allows the ${action} action`;
}

function asksForResourceTags({ identity, boundary, session = [] }: Policies): boolean {
  const policies = boundary ? [...identity, boundary, ...session] : [...identity, ...session];
  return policies.some(({ document }) => document.contextKeys.some((key) => /^aws:resourcetag\//i.test(key)));
}

/** The compiled policies of sessions, for as long as the session is known. */
function createSessionPolicies(): (session: Session) => readonly NamedPolicy[] | undefined {
  const compiled = new WeakMap<Session, readonly NamedPolicy[]>();
  return (session) => {
    if (!session.policies) return undefined;
    const known = compiled.get(session);
    if (known) return known;
    const policies = session.policies.map((text, index) => ({
      name: `session policy ${index + 1}`,
      document: parsePolicyDocument(text, 'identity'),
    }));
    compiled.set(session, policies);
    return policies;
  };
}
