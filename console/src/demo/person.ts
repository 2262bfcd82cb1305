import { signal } from '@preact/signals';
import { ChatClient, type EventFrame, type MessageFrame, RequestError } from '../chat-client.ts';
import { clockTime } from '../clock-time.ts';
import type { ConnectionState } from '../connection-state.ts';
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

const KEPT_ENTRIES = 200;
const KEPT_WIRE_LINES = 100;
const BURST = 15;
const TOO_LONG = 'long '.repeat(101);
/** Shaped as a message id. The server keeps no messages, so a deletion need not name one that exists. */
const SOME_MESSAGE_ID = 'AAAAAAAAAAAA';

/** One of the two people of the demo: what they see, and what they can do. */
export class Person {
  readonly role: Role;
  readonly userId = signal('');
  readonly connection = signal<{ readonly state: ConnectionState; readonly cause: string }>({
    state: 'closed',
    cause: '',
  });
  readonly entries = signal<readonly Entry[]>([]);
  readonly refusal = signal<Refusal | undefined>(undefined);
  readonly wire = signal<readonly WireLine[]>([]);
  readonly #client: ChatClient;
  #wireLines = 0;
  /** Why the connection is about to be closed, when an event has said so. */
  #removal = '';

  constructor(role: Role) {
    this.role = role;
    this.#client = new ChatClient({
      url: webSocketEndpoint,
      token: async () => {
        const minted = await fetchDemoToken(role);
        this.userId.value = minted.userId;
        return minted.token;
      },
      onState: (state, cause) => {
        this.connection.value = { state, cause: state === 'closed' && this.#removal !== '' ? this.#removal : cause };
        this.#removal = '';
      },
      onMessage: (message) => this.#append({ kind: 'message', key: message.Id, message }),
      onEvent: (event) => this.#apply(event),
      onWire: (direction, text) => {
        this.#wireLines += 1;
        const line = { key: this.#wireLines, time: clockTime(new Date()), direction, text };
        this.wire.value = [...this.wire.value, line].slice(-KEPT_WIRE_LINES);
      },
    });
  }

  connect(): void {
    this.#client.connect();
  }

  disconnect(): void {
    this.#client.disconnect();
  }

  send(content: string): Promise<void> {
    return this.#attempt(this.#client.sendMessage(content));
  }

  delete(messageId: string): Promise<void> {
    return this.#attempt(this.#client.deleteMessage(messageId, 'Deleted by the moderator.'));
  }

  kick(userId: string): Promise<void> {
    return this.#attempt(this.#client.disconnectUser(userId, 'Kicked by the moderator.'));
  }

  /** Sends faster than a connection may, which leads to ERROR 429. */
  sendTooFast(): Promise<void> {
    const numbers = Array.from({ length: BURST }, (_, index) => index + 1);
    return this.#attempt(...numbers.map((number) => this.#client.sendMessage(`${number} of ${BURST} at once`)));
  }

  /** Sends more than a message may hold, which leads to ERROR 400. */
  sendTooMuch(): Promise<void> {
    return this.#attempt(this.#client.sendMessage(TOO_LONG));
  }

  /** Deletes a message of somebody else, which leads to ERROR 403 without the capability. */
  deleteForeign(): Promise<void> {
    const isForeign = (entry: Entry) => entry.kind === 'message' && entry.message.Sender.UserId !== this.userId.value;
    const messageId = this.entries.value.findLast(isForeign)?.key ?? SOME_MESSAGE_ID;
    return this.#attempt(this.#client.deleteMessage(messageId, 'Tried without permission.'));
  }

  #append(entry: Entry): void {
    this.entries.value = [...this.entries.value, entry].slice(-KEPT_ENTRIES);
  }

  #apply({ Id, EventName, Attributes }: EventFrame): void {
    if (EventName === 'aws:DELETE_MESSAGE') {
      this.entries.value = this.entries.value.filter((entry) => entry.key !== Attributes['MessageID']);
    } else if (EventName === 'aws:DISCONNECT_USER' && Attributes['UserId'] === this.userId.value) {
      this.#removal = `You were removed from the room: ${Attributes['Reason']}`;
    } else if (EventName === 'aws:DISCONNECT_USER') {
      this.#append({ kind: 'notice', key: Id, text: `${Attributes['UserId']} was removed from the room.` });
    }
  }

  /** Waits for requests and shows the first refusal among them. */
  async #attempt(...requests: Promise<void>[]): Promise<void> {
    const outcomes = await Promise.allSettled(requests);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    const reason: unknown = refused[0]?.reason;
    if (reason instanceof RequestError) {
      const { action, code, message } = reason;
      const share = requests.length === 1 ? '' : ` · ${refused.length} of ${requests.length} refused`;
      this.refusal.value = { code, message, detail: `in answer to ${action}${share}` };
    } else {
      this.refusal.value = undefined;
    }
  }
}
