import type { Scope } from '../aws/arn.ts';
import type { Principal } from '../aws/ports.ts';
import type { IvsContext } from './operation.ts';
import { rooms } from './rooms.ts';
import { CAPABILITIES, type Capability, tokens } from './tokens.ts';

const ROOM = 'parlor-demo';

/** A chat token for one of the demo's two people. Times are RFC 3339, as CreateChatToken gives them. */
export interface DemoToken {
  readonly token: string;
  readonly userId: string;
  /** ARN of the demo's room. */
  readonly room: string;
  readonly tokenExpirationTime: string;
  readonly sessionExpirationTime: string;
}

/**
 * Makes the demo's tokens as an application's server would: by the operations themselves. The room is made when it is
 * first needed, and again when somebody has deleted it.
 */
export function createDemo(
  scope: Scope,
  principal: Principal,
  context: IvsContext,
): (as: 'moderator' | 'viewer') => Promise<DemoToken> {
  const access = { sourceIp: '127.0.0.1', time: context.clock.now(), secureTransport: false, region: scope.region };
  const call = { ...context, scope, principal, requestId: '', access, host: '' };

  async function findRoom(): Promise<string> {
    const found = await rooms.ListRooms.handle({ ...call, input: { name: ROOM } });
    return found.rooms[0]?.arn ?? (await rooms.CreateRoom.handle({ ...call, input: { name: ROOM } })).arn;
  }

  // The page asks for both people at once: they must not find no room each and make one each.
  let finding: Promise<string> | undefined;
  return async (as) => {
    finding ??= findRoom().finally(() => {
      finding = undefined;
    });
    const room = await finding;
    const capabilities: Capability[] = as === 'viewer' ? ['SEND_MESSAGE'] : [...CAPABILITIES];
    const input = { roomIdentifier: room, userId: as, capabilities };
    return { ...(await tokens.CreateChatToken.handle({ ...call, input })), userId: as, room };
  };
}
