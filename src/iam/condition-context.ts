/** The facts of a request that conditions and policy variables ask for (IAM user guide, "Global condition keys"). */
import type { AccessContext, Principal, TagMap } from '../aws/ports.ts';
import type { Identity } from './identities.ts';
import type { Context } from './policy-variables.ts';

/** @param identity of the principal; undefined for the root */
export function conditionContext(
  principal: Principal,
  identity: Identity | undefined,
  request: AccessContext,
): Map<string, readonly string[]> {
  const { session } = principal;
  const context = new Map<string, readonly string[]>([
    ['aws:principalarn', [identity?.arn ?? principal.arn]],
    ['aws:principalaccount', [principal.accountId]],
    ['aws:principaltype', [principal.type]],
    ['aws:userid', [principal.type === 'AssumedRole' ? `${principal.id}:${session?.name ?? ''}` : principal.id]],
    ['aws:sourceip', [request.sourceIp]],
    ['aws:currenttime', [new Date(request.time).toISOString()]],
    ['aws:epochtime', [String(Math.floor(request.time / 1000))]],
    ['aws:securetransport', [String(request.secureTransport)]],
    ['aws:requestedregion', [request.region]],
  ]);
  if (identity?.kind === 'user') context.set('aws:username', [identity.name]);
  if (session) context.set('aws:tokenissuetime', [new Date(session.issuedAt).toISOString()]);
  addTags(context, 'aws:principaltag/', identity?.tags);
  addTags(context, 'aws:principaltag/', session?.tags);
  addRequestTags(context, request.requestTags);
  for (const [key, value] of Object.entries(request.conditions ?? {})) context.set(key.toLowerCase(), [value]);
  return context;
}

/** The context with the tags of a resource. */
export function withResourceTags(context: Context, tags: TagMap | undefined): Context {
  if (!tags) return context;
  const more = new Map(context);
  addTags(more, 'aws:resourcetag/', tags);
  return more;
}

function addRequestTags(context: Map<string, readonly string[]>, tags: AccessContext['requestTags']): void {
  if (!tags) return;
  if (!isList(tags)) addTags(context, 'aws:requesttag/', tags);
  const keys = isList(tags) ? tags : Object.keys(tags);
  if (keys.length > 0) context.set('aws:tagkeys', keys);
}

function addTags(context: Map<string, readonly string[]>, prefix: string, tags: TagMap | undefined): void {
  for (const key in tags) context.set(prefix + key.toLowerCase(), [tags[key] ?? '']);
}

function isList(tags: TagMap | readonly string[]): tags is readonly string[] {
  return Array.isArray(tags);
}
