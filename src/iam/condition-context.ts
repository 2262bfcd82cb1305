/** The facts of a request that conditions and policy variables ask for (IAM user guide, "Global condition keys"). */
import type { AccessContext, Principal, TagMap } from '../aws/ports.ts';
import type { Identity } from './identities.ts';
import type { Context } from './policy-variables.ts';

/** Facts as they are collected. */
export type Facts = Map<string, readonly string[]>;

/** @param identity of the principal; undefined for the root */
export function conditionContext(principal: Principal, identity: Identity | undefined, request: AccessContext): Facts {
  const facts = principalFacts(principal, identity);
  facts.set('aws:sourceip', [request.sourceIp]);
  facts.set('aws:currenttime', [new Date(request.time).toISOString()]);
  facts.set('aws:epochtime', [String(Math.floor(request.time / 1000))]);
  facts.set('aws:securetransport', [String(request.secureTransport)]);
  facts.set('aws:requestedregion', [request.region]);
  addRequestTags(facts, request.requestTags);
  for (const [key, value] of Object.entries(request.conditions ?? {})) facts.set(key.toLowerCase(), [value]);
  return facts;
}

/** A context whose facts are collected when the first of them is asked for: most policies ask for none. */
export function lazily(collect: () => Context): Context {
  let facts: Context | undefined;
  return {
    get(key) {
      facts ??= collect();
      return facts.get(key);
    },
  };
}

/** What is known of a principal, whatever it asks for. */
export function principalFacts(principal: Principal, identity: Identity | undefined): Facts {
  const { session } = principal;
  const facts: Facts = new Map([
    ['aws:principalarn', [identity?.arn ?? principal.arn]],
    ['aws:principalaccount', [principal.accountId]],
    ['aws:principaltype', [principal.type]],
    ['aws:userid', [principal.type === 'AssumedRole' ? `${principal.id}:${session?.name ?? ''}` : principal.id]],
  ]);
  if (identity?.kind === 'user') facts.set('aws:username', [identity.name]);
  if (session) facts.set('aws:tokenissuetime', [new Date(session.issuedAt).toISOString()]);
  addTags(facts, 'aws:principaltag/', identity?.tags);
  addTags(facts, 'aws:principaltag/', session?.tags);
  addTags(facts, '', session?.claims);
  return facts;
}

/** The context with the tags of a resource. */
export function withResourceTags(context: Context, tags: TagMap | undefined): Context {
  if (!tags) return context;
  const more: Facts = new Map();
  addTags(more, 'aws:resourcetag/', tags);
  return { get: (key) => more.get(key) ?? context.get(key) };
}

function addRequestTags(facts: Facts, tags: AccessContext['requestTags']): void {
  if (!tags) return;
  if (!isList(tags)) addTags(facts, 'aws:requesttag/', tags);
  const keys = isList(tags) ? tags : Object.keys(tags);
  if (keys.length > 0) facts.set('aws:tagkeys', keys);
}

function addTags(facts: Facts, prefix: string, tags: TagMap | undefined): void {
  for (const key in tags) facts.set(prefix + key.toLowerCase(), [tags[key] ?? '']);
}

function isList(tags: TagMap | readonly string[]): tags is readonly string[] {
  return Array.isArray(tags);
}
