/** The ways into a chat server: where a connection goes, how it is greeted, how a message is wrapped. */
import { ATTRIBUTES } from '../attributes.ts';
import { connectTarget } from './chime.ts';
import type { Client, Receiver } from './client.ts';
import { HttpConnection } from './http-connection.ts';
import type { DriverJob } from './job.ts';
import { createSigner } from './sigv4.ts';

const TOKEN_CONNECTIONS = 16;
const GREETING_TIMEOUT_MS = 15_000;
/** As long as a chat token with 100 bytes of attributes. */
const STAND_IN_TOKEN_LENGTH = 600;

export interface Seat {
  readonly path: string;
  readonly protocol?: string;
}

export interface Greeting {
  /** Hears the client until it is in the room, then gives it to the owner. */
  readonly receiver: Receiver;
  /** What the client says first; absent: nothing. */
  readonly hello?: string;
  readonly done: Promise<void>;
}

export interface Door extends Disposable {
  /** Gets what one connection needs to come in as this user. */
  seat(room: string, user: string): Promise<Seat>;
  /** What is said after the upgrade until the user is in the room; absent: nothing. */
  greeting?(room: string, user: string, owner: Receiver): Greeting;
  /** Wraps a SEND_MESSAGE. */
  wrap(request: string): string;
  /** Deals with a frame too short to be a message. */
  noise(client: Client, text: string): void;
}

/** CreateChatToken's input. */
export interface ChatTokenRequest {
  roomIdentifier: string;
  userId: string;
  capabilities: 'SEND_MESSAGE'[];
  attributes: Record<string, string>;
}

/** Asks for a token of a user who may send. */
export function tokenRequest(room: string, user: string): ChatTokenRequest {
  return { roomIdentifier: room, userId: user, capabilities: ['SEND_MESSAGE'], attributes: ATTRIBUTES };
}

function readToken(status: number, body: string): string {
  const answer: { token?: unknown } = status === 200 ? JSON.parse(body) : {};
  if (typeof answer.token !== 'string') throw new Error(`CreateChatToken answered ${status} ${body.slice(0, 300)}`);
  return answer.token;
}

function parlorDoor(job: DriverJob): Door {
  const signer = createSigner(job.port, job.credentials, 'ivschat');
  const free: (HttpConnection | undefined)[] = Array.from({ length: TOKEN_CONNECTIONS });
  const waiting: (() => void)[] = [];

  /** Takes a place among the connections; the server may have closed the one that was there. */
  async function take(): Promise<HttpConnection> {
    while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    const connection = free.pop();
    return connection?.open ? connection : new HttpConnection(job.port);
  }

  function release(connection: HttpConnection): void {
    free.push(connection);
    waiting.shift()?.();
  }

  return {
    async seat(room, user) {
      const connection = await take();
      const input = tokenRequest(room, user);
      const answer = await connection.exchange(signer.request({ method: 'POST', path: '/CreateChatToken', input }));
      release(connection);
      return { path: '/', protocol: readToken(answer.status, answer.body) };
    },
    wrap: (request) => request,
    noise: (_client, text) => {
      throw new Error(`unexpected frame ${text}`);
    },
    [Symbol.dispose]() {
      for (const connection of free) connection?.[Symbol.dispose]();
    },
  };
}

function plainDoor(): Door {
  return {
    seat: async (room, user) => ({ path: '/', protocol: `${room}.${user}.`.padEnd(STAND_IN_TOKEN_LENGTH, 'x') }),
    wrap: (request) => request,
    noise: (_client, text) => {
      throw new Error(`unexpected frame ${text}`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Engine.IO 4 around Socket.IO 5: `0` open, `2` ping, `3` pong, `40` connect, `42` event. */
function socketIoDoor(): Door {
  return {
    seat: async () => ({ path: '/socket.io/?EIO=4&transport=websocket' }),
    greeting(room, user, owner) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error('Socket.IO did not connect')), GREETING_TIMEOUT_MS);
      const receiver: Receiver = {
        frame(client, bytes, start, end) {
          const text = bytes.toString('utf8', start, end);
          if (text.startsWith('40')) {
            client.receiver = owner;
            clearTimeout(timer);
            resolve();
          } else if (!text.startsWith('0')) reject(new Error(`Socket.IO greeted with ${text}`));
        },
        lost: (_client, reason) => reject(new Error(reason)),
      };
      return { receiver, hello: `40${JSON.stringify({ room, user })}`, done: promise };
    },
    wrap: (request) => `42["message",${request}]`,
    noise(client, text) {
      if (text !== '2') throw new Error(`unexpected frame ${text}`);
      client.send('3');
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** Chime's `/connect`: the room is an app instance, the greeting SESSION_ESTABLISHED. */
function chimeDoor(job: DriverJob): Door {
  const signer = createSigner(job.tlsPort ?? job.port, job.credentials, 'chime');
  return {
    seat: async (room, user) => ({ path: connectTarget(signer, `${room}/user/${user}`) }),
    greeting(_room, _user, owner) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error('no session was established')), GREETING_TIMEOUT_MS);
      const receiver: Receiver = {
        frame(client, bytes, start, end) {
          clearTimeout(timer);
          if (bytes.subarray(start, end).includes('SESSION_ESTABLISHED')) resolve();
          else reject(new Error(`/connect greeted with ${bytes.toString('utf8', start, end)}`));
          client.receiver = owner;
        },
        lost: (_client, reason) => reject(new Error(reason)),
      };
      return { receiver, done: promise };
    },
    wrap: () => {
      throw new Error('on this connection nothing is sent');
    },
    noise: (_client, text) => {
      throw new Error(`unexpected frame ${text}`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

export function createDoor(job: DriverJob): Door {
  switch (job.door) {
    case 'parlor':
      return parlorDoor(job);
    case 'chime':
    case 'chime control':
      return chimeDoor(job);
    case 'socket.io':
      return socketIoDoor();
    case 'plain':
      return plainDoor();
  }
}
