/** IAM as one service of the AWS layer: users, groups, roles, policies and keys of the account. */
import { createScope } from '../aws/arn.ts';
import type { Service } from '../aws/operation.ts';
import { accessKeys } from './access-keys.ts';
import { attachments } from './attachments.ts';
import { boundaries } from './boundaries.ts';
import { invalid, ServiceFailure } from './errors.ts';
import { groups } from './groups.ts';
import { inlinePolicies } from './inline-policies.ts';
import { managedPolicies } from './managed-policies.ts';
import { notKept } from './not-kept.ts';
import type { IamContext } from './operation.ts';
import { policyVersions } from './policy-versions.ts';
import { roles } from './roles.ts';
import { simulation } from './simulation.ts';
import { users } from './users.ts';

export const iamOperations = {
  ...users,
  ...accessKeys,
  ...groups,
  ...roles,
  ...inlinePolicies,
  ...managedPolicies,
  ...policyVersions,
  ...attachments,
  ...boundaries,
  ...simulation,
  ...notKept,
};

/** IAM's part of the ARN space, which has no regions. */
export function iamScope(accountId: string) {
  return createScope('iam', '', accountId);
}

export function createIamService(options: {
  readonly accountId: string;
  readonly context: IamContext;
}): Service<IamContext> {
  return {
    name: 'iam',
    signingName: 'iam',
    global: true,
    query: { version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
    scope: iamScope(options.accountId),
    operations: iamOperations,
    context: options.context,
    throttle: () => undefined,
    invalid: (problems) => invalid(...problems),
    internal: () => ServiceFailure({ message: 'The server encountered an error and could not complete the request.' }),
  };
}
