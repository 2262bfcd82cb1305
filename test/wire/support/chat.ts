/** The official JS client of IVS Chat, on Node's own WebSocket, and a bare socket beside it. */
import { createRequire } from 'node:module';
import {
  type ChatTokenCapability,
  CreateChatTokenCommand,
  CreateRoomCommand,
  type CreateRoomCommandInput,
  type IvschatClient,
} from '@aws-sdk/client-ivschat';
import type * as Messaging from 'amazon-ivs-chat-messaging';

// Its ES modules lack the extensions that Node wants.
const messaging: typeof Messaging = createRequire(import.meta.url)('amazon-ivs-chat-messaging');

export const EVERYTHING: ChatTokenCapability[] = ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'];

export interface TokenWishes {
  readonly userId?: string;
  readonly capabilities?: ChatTokenCapability[];
  readonly attributes?: Record<string, string>;
  readonly sessionDurationInMinutes?: number;
}

/** Creates a room and gives its ARN. */
export async function createRoom(client: IvschatClient, input: CreateRoomCommandInput = {}): Promise<string> {
  const { arn } = await client.send(new CreateRoomCommand(input));
  if (arn === undefined) throw new Error('CreateRoom gave no ARN');
  return arn;
}

/** A chat token, as the application's server gets it. */
export async function createToken(
  client: IvschatClient,
  room: string,
  { userId = 'alice', capabilities = EVERYTHING, ...rest }: TokenWishes = {},
): Promise<Required<Messaging.ChatToken>> {
  const input = { roomIdentifier: room, userId, capabilities, ...rest };
  const { token, tokenExpirationTime, sessionExpirationTime } = await client.send(new CreateChatTokenCommand(input));
  if (!token || !tokenExpirationTime || !sessionExpirationTime) throw new Error('CreateChatToken gave no token');
  return { token, tokenExpirationTime, sessionExpirationTime };
}

export const { ChatRoom, SendMessageRequest, DeleteMessageRequest, DisconnectUserRequest } = messaging;

/** An official client, connected to a room, and everything it has been told. */
export class Chatter implements Disposable {
  readonly room: Messaging.ChatRoom;
  readonly messages: Messaging.ChatMessage[] = [];
  readonly deleted: Messaging.DeleteMessageEvent[] = [];
  readonly events: Messaging.ChatEvent[] = [];
  readonly disconnected: Messaging.DisconnectUserEvent[] = [];
  readonly disconnects: string[] = [];
  /** How often it has connected, and how often it has asked for a token. */
  connects = 0;
  tokens = 0;

  constructor(url: string, mint: () => Promise<Messaging.ChatToken>) {
    this.room = new ChatRoom({
      regionOrUrl: url.replace('http', 'ws'),
      tokenProvider: () => {
        this.tokens += 1;
        return mint();
      },
    });
    this.room.logger = { debug: () => undefined, info: () => undefined, error: () => undefined };
    this.room.addListener('connect', () => {
      this.connects += 1;
    });
    this.room.addListener('message', (message) => this.messages.push(message));
    this.room.addListener('messageDelete', (event) => this.deleted.push(event));
    this.room.addListener('event', (event) => this.events.push(event));
    this.room.addListener('userDisconnect', (event) => this.disconnected.push(event));
    this.room.addListener('disconnect', (reason) => this.disconnects.push(reason));
  }

  /** Connects; resolves once it is connected. */
  async connect(): Promise<this> {
    this.room.connect();
    await eventually(() => this.connects > 0 || this.disconnects.length > 0);
    return this;
  }

  [Symbol.dispose](): void {
    this.room.disconnect();
  }
}

/** An official client without token expiry in its token, so that it does not renew by itself. */
export async function chatter(url: string, client: IvschatClient, room: string, wishes: TokenWishes = {}) {
  const mint = async () => {
    const { token, sessionExpirationTime } = await createToken(client, room, wishes);
    return { token, sessionExpirationTime };
  };
  return await new Chatter(url, mint).connect();
}

/** Waits until the condition holds. A bound, not a timing: it only ends a wait that is in vain. */
export async function eventually(condition: () => boolean | Promise<boolean>, what = 'the expected'): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
