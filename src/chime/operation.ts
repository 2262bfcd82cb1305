import { operationsWith } from '../aws/operation.ts';
import type { PageTokens } from '../aws/page-token.ts';
import type { Clock, Event } from '../engine/ports.ts';
import type { Database } from '../storage/database.ts';
import type { UnkeptMessages } from './messaging/unkept-messages.ts';
import type { ChimeQuota } from './quotas.ts';
import type { ChimeTables } from './tables.ts';

/** What the handlers of Chime SDK messaging and identity may use besides the call at hand. */
export interface ChimeContext {
  readonly read: Database<ChimeTables>['read'];
  readonly write: Database<ChimeTables>['write'];
  readonly clock: Pick<Clock, 'now'>;
  readonly pages: PageTokens;
  /** What may be had at most, by name as in `--limit`; Infinity: any amount. */
  readonly quota: (name: ChimeQuota) => number;
  /** Gives an event to its topic. For what `onDurable` runs, and for events that are not kept. */
  readonly publish: (event: Event) => void;
  /** Whether a topic's events come faster than they can be handed to its connections. */
  readonly congested: (topic: string) => boolean;
  /** What this process remembers of NON_PERSISTENT messages. */
  readonly unkept: UnkeptMessages;
  /** Where clients open WebSockets. @param host the `Host` that the API was asked at @param secure over TLS */
  socketHost(host: string, secure: boolean): string;
  /** Has what was deleted removed soon. To be called when the deletion is durable. */
  removeSoon(): void;
}

/** Declares an operation of Chime SDK messaging or identity. */
export const operation = operationsWith<ChimeContext>();
