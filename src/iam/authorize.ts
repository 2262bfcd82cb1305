import { parseArn } from '../aws/arn.ts';
import type { AccessDecision, AccessRequest } from '../aws/ports.ts';
import { rootPrincipal } from './principals.ts';

/** Decides who may do what: the root everything on its own account's resources, nobody anything else. */
export function authorize({ principal, resources }: AccessRequest): AccessDecision {
  const isRoot = principal.arn === rootPrincipal(principal.accountId).arn;
  const refused = resources.find((resource) => !isRoot || parseArn(resource)?.accountId !== principal.accountId);
  return refused === undefined ? { allowed: true } : { allowed: false, resource: refused };
}
