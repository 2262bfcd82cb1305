/** One server with one room, and the people in it: official clients and bare sockets. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type CreateRoomCommandInput,
  type IvschatClient,
  UpdateRoomCommand,
  type UpdateRoomCommandInput,
} from '@aws-sdk/client-ivschat';
import type { Given } from '../../../src/config.ts';
import type { Clock } from '../../../src/engine/ports.ts';
import { Chatter, createRoom, createToken, type TokenWishes } from './chat.ts';
import { metricOf } from './metrics.ts';
import { type HandshakeParts, Peer } from './peer.ts';
import { ROOT_KEY, startServer, type TestServer } from './server.ts';
import { trust } from './trust.ts';

export interface VenueWishes {
  readonly room?: CreateRoomCommandInput;
  /** Of `parlor serve`, by long name. */
  readonly flags?: Record<string, Given>;
  readonly clock?: Clock;
  /** People connect over TLS, with a certificate of the server's own CA, which this process then trusts. */
  readonly secure?: boolean;
}

export class Venue implements AsyncDisposable {
  readonly server: TestServer;
  /** The room's ARN. */
  readonly room: string;
  readonly #minted: string[] = [];
  readonly #people = new DisposableStack();
  readonly #secure: boolean;

  constructor(server: TestServer, room: string, secure = false) {
    this.server = server;
    this.room = room;
    this.#secure = secure;
  }

  /** Where people connect to. */
  get url(): string {
    return this.#secure ? (this.server.parlor.tls?.url ?? '') : this.server.url;
  }

  /** Calls the control plane. */
  get client(): IvschatClient {
    return this.server.client;
  }

  /** A fresh token for the room, or for another. */
  async token(wishes: TokenWishes = {}, room = this.room): Promise<string> {
    const { token } = await createToken(this.client, room, wishes);
    this.#minted.push(token);
    return token;
  }

  /** An official client of which nothing is known yet; it gets its tokens from here, without their expiry. */
  stranger(wishes: TokenWishes = {}): Chatter {
    const mint = async () => ({ token: await this.token(wishes) });
    return this.#people.use(new Chatter(this.url, mint));
  }

  /** An official client that is connected. */
  async chatter(userId: string, wishes: TokenWishes = {}): Promise<Chatter> {
    const chatter = await this.stranger({ userId, ...wishes }).connect();
    assert.deepEqual(chatter.disconnects, []);
    return chatter;
  }

  /** A bare socket that is connected to the room, or to another. */
  async peer(userId: string, wishes: TokenWishes = {}, room = this.room): Promise<Peer> {
    return this.#people.use(await Peer.open(this.url, await this.token({ userId, ...wishes }, room)));
  }

  /** A bare socket that has its answer, 101 or another. */
  async shakeHands(token: string | undefined, parts: HandshakeParts = {}): Promise<Peer> {
    return this.#people.use(await Peer.shakeHands(this.url, token, parts));
  }

  /** A bare socket that is connected and has said nothing. */
  async caller(): Promise<Peer> {
    return this.#people.use(await Peer.connect(this.url));
  }

  async update(changes: Omit<UpdateRoomCommandInput, 'identifier'>): Promise<void> {
    await this.client.send(new UpdateRoomCommand({ identifier: this.room, ...changes }));
  }

  /** A value of `/metrics`, by its name and labels as they are printed; 0 for labels that have not been seen yet. */
  metric(name: string): Promise<number> {
    return metricOf(this.server.url, name);
  }

  /** Everybody leaves, the server stops; it must have logged neither a failure of its own nor a secret. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#people.dispose();
    await this.server[Symbol.asyncDispose]();
    const log = this.server.log.join('');
    assert.doesNotMatch(log, /internal failure/);
    for (const secret of [ROOT_KEY.secretAccessKey, ...this.#minted]) assert.ok(!log.includes(secret), log);
  }
}

/** Starts a server and creates a room. */
export async function openVenue({ room = {}, flags = {}, clock, secure = false }: VenueWishes = {}): Promise<Venue> {
  await using resources = new AsyncDisposableStack();
  const server = resources.use(await startServer({ ...flags, ...(secure && { tls: true, 'tls-port': '0' }) }, clock));
  if (secure) trust(readFileSync(server.parlor.tls?.caFile ?? '', 'utf8'));
  const venue = new Venue(server, await createRoom(server.client, room), secure);
  resources.move();
  return venue;
}
