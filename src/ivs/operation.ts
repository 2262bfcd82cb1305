import { operationsWith } from '../aws/operation.ts';
import type { PageTokens } from '../aws/page-token.ts';
import type { Ids } from '../engine/ids.ts';
import type { Clock } from '../engine/ports.ts';
import type { Database } from '../storage/database.ts';
import type { IvsLimits } from './limits.ts';
import type { Broadcast } from './ports.ts';
import type { RoomFacts } from './room-facts.ts';
import type { IvsTables } from './tables.ts';
import type { ChatTokens } from './tokens.ts';

/** What the handlers of IVS Chat may use besides the call at hand. */
export interface IvsContext {
  readonly read: Database<IvsTables>['read'];
  readonly write: Database<IvsTables>['write'];
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly limits: IvsLimits;
  readonly rooms: RoomFacts;
  readonly tokens: ChatTokens;
  readonly pages: PageTokens;
  readonly broadcast: Pick<Broadcast, 'event' | 'deleteMessage' | 'disconnectUser'>;
}

/** Declares an operation of IVS Chat. */
export const operation = operationsWith<IvsContext>();
