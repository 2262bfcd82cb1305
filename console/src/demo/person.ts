import { type Signal, signal } from '@preact/signals';
import {
  type ChatClient,
  type ConnectionState,
  createChatClient,
  type EventFrame,
  type MessageFrame,
  RequestError,
} from '../chat-client.ts';
import { fetchDemoToken, type Role, webSocketEndpoint } from '../server.ts';

/** One line of the conversation: somebody's message, or a notice of what happened. */
export type Entry =
  | { readonly kind: 'message'; readonly key: string; readonly message: MessageFrame }
  | { readonly kind: 'notice'; readonly key: string; readonly text: string };

/** One line of the frame log. */
export interface WireLine {
  readonly key: number;
  readonly time: string;
  readonly direction: 'sent' | 'received' | 'connection';
  readonly text: string;
}

/** A refused request, as the pane shows it. */
export interface Refusal {
  readonly code: number | undefined;
  readonly message: string;
  readonly detail: string;
}

/** One of the two people of the demo: what they see, and what they can do. */
export interface Person {
  readonly role: Role;
  readonly userId: Signal<string>;
  readonly connection: Signal<{ readonly state: ConnectionState; readonly cause: string }>;
  readonly entries: Signal<readonly Entry[]>;
  readonly refusal: Signal<Refusal | undefined>;
  readonly wire: Signal<readonly WireLine[]>;
  connect(): void;
  disconnect(): void;
  send(content: string): Promise<void>;
  delete(messageId: string): Promise<void>;
  kick(userId: string): Promise<void>;
  /** Sends faster than a connection may, which leads to ERROR 429. */
  sendTooFast(): Promise<void>;
  /** Sends more than a message may hold, which leads to ERROR 400. */
  sendTooLong(): Promise<void>;
  /** Deletes a message of somebody else, which leads to ERROR 403 without the capability. */
  deleteForeign(): Promise<void>;
}

const KEPT_ENTRIES = 200;
const KEPT_WIRE_LINES = 100;
const BURST = 15;
const TOO_LONG = 'long '.repeat(101);
/** Shaped as a message id. The server keeps no messages, so a deletion need not name one that exists. */
const SOME_MESSAGE_ID = 'AAAAAAAAAAAA';

export function createPerson(role: Role): Person {
  const userId = signal('');
  const connection = signal<{ state: ConnectionState; cause: string }>({ state: 'closed', cause: '' });
  const entries = signal<readonly Entry[]>([]);
  const refusal = signal<Refusal | undefined>(undefined);
  const wire = signal<readonly WireLine[]>([]);
  let wireLines = 0;
  let removal = '';

  const client: ChatClient = createChatClient({
    url: webSocketEndpoint,
    async token() {
      const minted = await fetchDemoToken(role);
      userId.value = minted.userId;
      return minted.token;
    },
    onState(state, cause) {
      connection.value = { state, cause: state === 'closed' && removal !== '' ? removal : cause };
      removal = '';
    },
    onMessage: (message) => append({ kind: 'message', key: message.Id, message }),
    onEvent: (event) => apply(event),
    onWire(direction, text) {
      wireLines += 1;
      const line = { key: wireLines, time: clockTime(new Date()), direction, text };
      wire.value = [...wire.value, line].slice(-KEPT_WIRE_LINES);
    },
  });

  function append(entry: Entry): void {
    entries.value = [...entries.value, entry].slice(-KEPT_ENTRIES);
  }

  function apply({ Id, EventName, Attributes }: EventFrame): void {
    if (EventName === 'aws:DELETE_MESSAGE') {
      entries.value = entries.value.filter((entry) => entry.key !== Attributes['MessageID']);
    } else if (EventName === 'aws:DISCONNECT_USER' && Attributes['UserId'] === userId.value) {
      // The close frame that follows says nothing of it.
      removal = `You were removed from the room: ${Attributes['Reason']}`;
    } else if (EventName === 'aws:DISCONNECT_USER') {
      append({ kind: 'notice', key: Id, text: `${Attributes['UserId']} was removed from the room.` });
    }
  }

  /** Runs requests together and shows the first refusal among them. */
  async function attempt(...requests: Promise<void>[]): Promise<void> {
    const outcomes = await Promise.allSettled(requests);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    const [first] = refused;
    if (!(first?.reason instanceof RequestError)) {
      refusal.value = undefined;
      return;
    }
    const { action, code, message } = first.reason;
    const share = requests.length === 1 ? '' : ` · ${refused.length} of ${requests.length} refused`;
    refusal.value = { code, message, detail: `in answer to ${action}${share}` };
  }

  function latestForeignMessage(): string {
    const isForeign = (entry: Entry) => entry.kind === 'message' && entry.message.Sender.UserId !== userId.value;
    return entries.value.findLast(isForeign)?.key ?? SOME_MESSAGE_ID;
  }

  return {
    role,
    userId,
    connection,
    entries,
    refusal,
    wire,
    connect: client.connect,
    disconnect: client.disconnect,
    send: (content) => attempt(client.sendMessage(content)),
    delete: (messageId) => attempt(client.deleteMessage(messageId, 'Deleted by the moderator.')),
    kick: (target) => attempt(client.disconnectUser(target, 'Kicked by the moderator.')),
    sendTooFast: () =>
      attempt(...Array.from({ length: BURST }, (_, index) => client.sendMessage(`${index + 1} of ${BURST} at once`))),
    sendTooLong: () => attempt(client.sendMessage(TOO_LONG)),
    deleteForeign: () => attempt(client.deleteMessage(latestForeignMessage(), 'Tried without permission')),
  };
}

/** Hours, minutes and seconds of the reader's own day. */
export function clockTime(date: Date): string {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}
