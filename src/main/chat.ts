/** The door of IVS Chat. */
import { createScope } from '../aws/arn.ts';
import { createSealer } from '../aws/jwe.ts';
import { Admission } from '../engine/admission.ts';
import { rootPrincipal } from '../iam/principals.ts';
import { createBroadcast } from '../ivs/broadcast.ts';
import { createDemo } from '../ivs/demo.ts';
import { createSocketLimits } from '../ivs/limits.ts';
import type { IvsContext } from '../ivs/operation.ts';
import { createRoomFacts } from '../ivs/room-facts.ts';
import { createIvsService, SERVICE } from '../ivs/service.ts';
import { ChatDoor } from '../ivs/socket.ts';
import { createChatTokens } from '../ivs/tokens.ts';
import { type Ground, HANDSHAKE_WAIT_MS } from './ground.ts';

const ROOMS_KNOWN = 10_000;

/** The door of IVS Chat. */
export function openChat(ground: Ground, resources: AsyncDisposableStack) {
  const { config, clock, ids, report, database, keyring, pages, hub, limits, metrics, audit } = ground;
  const scope = createScope(SERVICE, config.region, config.accountId);
  const { read, write } = database;
  const rooms = createRoomFacts({ read, scope, capacity: ROOMS_KNOWN });
  const broadcast = createBroadcast({ hub, clock, ids, observer: metrics.chat });
  const lifetimeMs = config.tokenSeconds * 1000;
  const tokens = createChatTokens({ sealer: createSealer(keyring, 'chat-token'), lifetimeMs, clock });
  const context: IvsContext = { read, write, pages, clock, ids, limits, rooms, tokens, broadcast };
  const admission = resources.use(
    new Admission(clock, {
      connections: limits.get('connections'),
      handshakesPerSecond: limits.get('handshakes-per-second'),
      handshakesPerSubjectPerSecond: limits.get('handshakes-per-user-per-second'),
      waiting: limits.get('waiting-handshakes'),
      waitMs: HANDSHAKE_WAIT_MS,
    }),
  );
  const door = new ChatDoor({
    hub,
    clock,
    ids,
    coordinator: { claim: database.hot.claim },
    admission,
    openToken: tokens.open,
    rooms,
    limits: createSocketLimits(limits, clock),
    broadcast,
    observer: {
      ...metrics.chat,
      handshake(outcome) {
        metrics.chat.handshake(outcome);
        const { cause: error, roomId, ...told } = outcome;
        const resources = roomId === undefined ? [] : [scope.arn(`room/${roomId}`)];
        audit?.record({ event: 'handshake', service: SERVICE, ...told, error, resources });
      },
    },
    report,
  });
  return {
    admission,
    door,
    service: createIvsService({ scope, context }),
    demo: createDemo(scope, rootPrincipal(config.accountId), context),
  };
}
