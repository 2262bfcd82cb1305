/** Chime SDK messaging as one service of the AWS layer. */
import type { Scope } from '../aws/arn.ts';
import type { Service } from '../aws/operation.ts';
import { BadRequest, ServiceFailure } from './errors.ts';
import { messagingSession } from './messaging-session.ts';
import type { ChimeContext } from './operation.ts';

/** Names the service in ARNs, signatures and actions. */
export const SERVICE = 'chime';

export const chimeOperations = { ...messagingSession };

export function createChimeService(options: {
  readonly scope: Scope;
  readonly context: ChimeContext;
}): Service<ChimeContext> {
  return {
    name: 'chime-sdk-messaging',
    signingName: SERVICE,
    scope: options.scope,
    operations: chimeOperations,
    context: options.context,
    throttle: () => undefined,
    invalid: (problems) =>
      BadRequest({
        Code: 'BadRequest',
        Message: problems.map(({ name, message }) => `${name}: ${message}`).join('; '),
      }),
    internal: () => ServiceFailure({ Code: 'ServiceFailure', Message: 'The server encountered an error.' }),
  };
}
