/** The control plane of IVS Chat as one service of the AWS layer (spec/ivs-chat 3). */
import type { Scope } from '../aws/arn.ts';
import { InternalServer } from '../aws/errors.ts';
import type { Service } from '../aws/operation.ts';
import { invalid, Throttling } from './errors.ts';
import { findIdentified } from './identifiers.ts';
import { callLimit } from './limits.ts';
import { loggingConfigurations } from './logging-configurations.ts';
import { messages } from './messages.ts';
import type { IvsContext } from './operation.ts';
import { rooms } from './rooms.ts';
import { tags, tagsOf } from './tags.ts';
import { tokens } from './tokens.ts';

/** Names the service in ARNs, signatures, actions and metrics. */
export const SERVICE = 'ivschat';

/** The 17 operations. */
export const ivsOperations = { ...tokens, ...rooms, ...messages, ...loggingConfigurations, ...tags };

export function createIvsService(options: {
  readonly scope: Scope;
  readonly context: IvsContext;
}): Service<IvsContext> {
  const { scope, context } = options;
  const limitOf = new Map(Object.keys(ivsOperations).map((name) => [name, callLimit(name)]));
  return {
    name: SERVICE,
    signingName: SERVICE,
    scope,
    operations: ivsOperations,
    context,
    throttle(operation) {
      const name = limitOf.get(operation);
      if (name === undefined || context.limits.take(name)) return;
      throw Throttling({
        message: `Rate exceeded: ${context.limits.get(name)} calls of ${operation} a second.`,
        resourceId: scope.accountId,
        resourceType: 'ROOM',
        limit: context.limits.get(name),
      });
    },
    resourceTags(resource) {
      const identified = findIdentified(scope, resource);
      return identified && tagsOf(context.read, identified);
    },
    invalid: (problems) => invalid(...problems),
    internal: () => InternalServer({ message: 'The server encountered an error and could not complete the request.' }),
  };
}
