/** Chime SDK messaging and identity as two services of the AWS layer. */
import type { Scope } from '../aws/arn.ts';
import { accessDeniedWithMessage } from '../aws/errors.ts';
import type { Operations, Service } from '../aws/operation.ts';
import type { Clock } from '../engine/ports.ts';
import type { Limits } from '../engine/quotas.ts';
import { BadRequest, ServiceFailure } from './errors.ts';
import { appInstanceAdmins } from './identity/app-instance-admins.ts';
import { appInstanceBots } from './identity/app-instance-bots.ts';
import { appInstanceUserEndpoints } from './identity/app-instance-user-endpoints.ts';
import { appInstanceUsers } from './identity/app-instance-users.ts';
import { appInstances } from './identity/app-instances.ts';
import { retentionSettings } from './identity/retention-settings.ts';
import { bans } from './messaging/bans.ts';
import { channelFlows } from './messaging/channel-flows.ts';
import { channels } from './messaging/channels.ts';
import { channelsForAppInstanceUser } from './messaging/channels-for-app-instance-user.ts';
import { expiration } from './messaging/expiration.ts';
import { memberships } from './messaging/memberships.ts';
import { messages } from './messaging/messages.ts';
import { messagingSession } from './messaging/messaging-session.ts';
import { moderators } from './messaging/moderators.ts';
import { preferences } from './messaging/preferences.ts';
import { readMarkers } from './messaging/read-markers.ts';
import { search } from './messaging/search.ts';
import { streamingConfigurations } from './messaging/streaming-configurations.ts';
import { subChannels } from './messaging/sub-channels.ts';
import type { ChimeContext } from './operation.ts';
import { createThrottle } from './quotas.ts';
import { tags, tagsOf } from './tags.ts';

/** Names the services in ARNs, signatures and actions. */
export const SERVICE = 'chime';

export const identityOperations = {
  ...appInstances,
  ...retentionSettings,
  ...appInstanceUsers,
  ...appInstanceAdmins,
  ...appInstanceBots,
  ...appInstanceUserEndpoints,
};

/** The operations on tags, which both services have, stand here. */
export const messagingOperations = {
  ...channels,
  ...channelsForAppInstanceUser,
  ...expiration,
  ...search,
  ...messages,
  ...messagingSession,
  ...memberships,
  ...moderators,
  ...bans,
  ...readMarkers,
  ...preferences,
  ...channelFlows,
  ...subChannels,
  ...streamingConfigurations,
  ...tags,
};

/** @returns the services, messaging first */
export function createChimeServices(options: {
  readonly scope: Scope;
  readonly context: ChimeContext;
  readonly limits: Limits;
  readonly clock: Pick<Clock, 'monotonic'>;
}): Service<ChimeContext>[] {
  const { scope, context, limits, clock } = options;
  const serviceOf = (name: 'messaging' | 'identity', operations: Operations<ChimeContext>): Service<ChimeContext> => ({
    name: `chime-sdk-${name}`,
    signingName: SERVICE,
    scope,
    operations,
    context,
    throttle: createThrottle(limits, name, clock),
    resourceTags: (resource) => context.read((_, query) => tagsOf(query, scope, resource)),
    denied: accessDeniedWithMessage,
    invalid: (problems) => BadRequest(problems.map(({ name, message }) => `${name}: ${message}`).join('; ')),
    internal: () => ServiceFailure('The server encountered an error.'),
  });
  return [serviceOf('messaging', messagingOperations), serviceOf('identity', identityOperations)];
}
