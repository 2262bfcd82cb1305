/** The door of Chime SDK messaging. */
import { createScope } from '../aws/arn.ts';
import { createMessagingDemo } from '../chime/demo.ts';
import { Expiry } from '../chime/expiry.ts';
import { createEnsureUser } from '../chime/identity/app-instance-user.ts';
import { createSocketHost } from '../chime/messaging/messaging-session.ts';
import { UnkeptMessages } from '../chime/messaging/unkept-messages.ts';
import type { ChimeContext } from '../chime/operation.ts';
import { Removal } from '../chime/removal.ts';
import { SERVICE as CHIME, createChimeServices } from '../chime/service.ts';
import { MessagingDoor } from '../chime/socket.ts';
import { Admission } from '../engine/admission.ts';
import type { Event } from '../engine/ports.ts';
import { rootPrincipal } from '../iam/principals.ts';
import type { Access } from './access.ts';
import { type Ground, HANDSHAKE_WAIT_MS } from './ground.ts';

/** The door of Chime SDK messaging. @param tlsPort known once the TLS listener is open */
export function openMessaging(
  ground: Ground,
  access: Access,
  resources: AsyncDisposableStack,
  tlsPort: () => number | undefined,
) {
  const { config, clock, database, pages, hub, limits, metrics, audit, report } = ground;
  const scope = createScope(CHIME, config.region, config.accountId);
  const { read, write } = database;
  const admission = resources.use(
    new Admission(clock, {
      connections: limits.get('messaging-connections'),
      handshakesPerSecond: limits.get('handshakes-per-second'),
      handshakesPerSubjectPerSecond: limits.get('connects-per-user-per-second'),
      waiting: limits.get('waiting-handshakes'),
      waitMs: HANDSHAKE_WAIT_MS,
    }),
  );
  const door = new MessagingDoor({
    hub,
    clock,
    scope,
    read,
    report,
    verify: access.verify,
    authorize: access.authorize,
    admission,
    connectionsPerUser: limits.get('connections-per-user'),
    observer: {
      handshake(outcome) {
        metrics.messaging.handshake(outcome);
        const { userArn, ...told } = outcome;
        const error = told.status === 101 ? undefined : String(told.status);
        const resources = userArn === undefined ? [] : [userArn];
        audit?.record({ event: 'handshake', service: CHIME, ...told, error, resources });
      },
    },
  });
  resources.defer(access.onChange((id) => door.changed(id)));
  const publish = (event: Event) => hub.publish(event);
  const removal = resources.use(new Removal({ scope, write, clock, publish, report }));
  const removeSoon = () => removal.soon();
  resources.use(
    new Expiry({
      scope,
      read,
      write,
      clock,
      publish,
      removeSoon,
      observe: ({ operation, arn }) =>
        audit?.record({ event: 'expiry', service: CHIME, operation, resources: [arn], status: 200, elapsedMs: 0 }),
      report,
    }),
  );
  const context: ChimeContext = {
    read,
    write,
    clock,
    pages,
    quota: (name) => limits.get(name),
    publish,
    congested: (topic) => hub.congested(topic),
    unkept: new UnkeptMessages(),
    socketHost: createSocketHost({ endpoint: config.messagingEndpoint, tlsPort }),
    removeSoon,
  };
  const ensureUser = createEnsureUser({ ...context, scope });
  const principal = rootPrincipal(config.accountId);
  return {
    admission,
    door,
    removal,
    services: createChimeServices({ scope, context, limits, clock }),
    ensureUser,
    demo: createMessagingDemo({ scope, principal, context, iam: access.sessionMaker, ensureUser }),
  };
}
