/** Chime SDK messaging and identity as two services of the AWS layer. */
import type { Scope } from '../aws/arn.ts';
import type { Operations, Service } from '../aws/operation.ts';
import { BadRequest, ServiceFailure } from './errors.ts';
import { appInstanceUsers } from './identity/app-instance-users.ts';
import { appInstances } from './identity/app-instances.ts';
import { channelFlows } from './messaging/channel-flows.ts';
import { channels } from './messaging/channels.ts';
import { messages } from './messaging/messages.ts';
import { messagingSession } from './messaging/messaging-session.ts';
import { streamingConfigurations } from './messaging/streaming-configurations.ts';
import { subChannels } from './messaging/sub-channels.ts';
import type { ChimeContext } from './operation.ts';

/** Names the services in ARNs, signatures and actions. */
export const SERVICE = 'chime';

export const identityOperations = { ...appInstances, ...appInstanceUsers };

/** The operations on tags, which both services have, stand here. */
export const messagingOperations = {
  ...channels,
  ...messages,
  ...messagingSession,
  ...channelFlows,
  ...subChannels,
  ...streamingConfigurations,
};

/** @returns the services, messaging first */
export function createChimeServices(options: {
  readonly scope: Scope;
  readonly context: ChimeContext;
}): Service<ChimeContext>[] {
  const serviceOf = (name: string, operations: Operations<ChimeContext>): Service<ChimeContext> => ({
    name,
    signingName: SERVICE,
    scope: options.scope,
    operations,
    context: options.context,
    throttle: () => undefined,
    invalid: (problems) => BadRequest(problems.map(({ name, message }) => `${name}: ${message}`).join('; ')),
    internal: () => ServiceFailure('The server encountered an error.'),
  });
  return [serviceOf('chime-sdk-messaging', messagingOperations), serviceOf('chime-sdk-identity', identityOperations)];
}
