/** Chat tokens: each opens one connection of one user to one room, once (spec/ivs-chat 1.2, 1.3, 3.4). */
import type { Sealer } from '../aws/jwe.ts';
import { enumeration, integer, list, optional, string, structure, timestamp } from '../aws/shape.ts';
import { Attributes, checkSize } from './attributes.ts';
import { ResourceNotFound } from './errors.ts';
import { RoomIdentifier } from './identifiers.ts';
import { operation } from './operation.ts';
import { requireRoom } from './room-facts.ts';

export const CAPABILITIES = ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] as const;
export type Capability = (typeof CAPABILITIES)[number];

const DEFAULT_SESSION_MINUTES = 60;
const MINUTE_MS = 60_000;
const FORMAT = 1;

/** What a chat token says. Times are milliseconds since the epoch. */
export interface ChatToken {
  /** Unique, so that the token can be spent once. */
  readonly id: string;
  readonly roomId: string;
  readonly userId: string;
  readonly capabilities: readonly Capability[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly issuedAtMs: number;
  /** Until when it opens a connection. */
  readonly tokenExpiresAtMs: number;
  /** Until when that connection lasts. */
  readonly sessionExpiresAtMs: number;
}

/** Gives what the token says, or what is wrong with it. Whether it has been spent is not known here. */
export type OpenChatToken = (sealed: string) => ChatToken | 'malformed' | 'expired';

export interface ChatTokens {
  /** How long a token opens a connection. */
  readonly lifetimeMs: number;
  seal(token: ChatToken): string;
  readonly open: OpenChatToken;
}

/** What is sealed: short, since it travels in a header. It has no `exp`, which a client would misread (spec 1.2). */
type Sealed = readonly [
  format: number,
  id: string,
  roomId: string,
  userId: string,
  /** One bit for each of CAPABILITIES. */
  capabilities: number,
  attributes: Readonly<Record<string, string>>,
  issuedAtMs: number,
  tokenExpiresAtMs: number,
  sessionExpiresAtMs: number,
];

export function createChatTokens(options: {
  readonly sealer: Sealer;
  readonly lifetimeMs: number;
  readonly clock: { now(): number };
}): ChatTokens {
  const { sealer, lifetimeMs, clock } = options;
  return {
    lifetimeMs,
    seal(token) {
      const sealed: Sealed = [
        FORMAT,
        token.id,
        token.roomId,
        token.userId,
        CAPABILITIES.reduce(
          (bits, capability, i) => (token.capabilities.includes(capability) ? bits | (1 << i) : bits),
          0,
        ),
        token.attributes,
        token.issuedAtMs,
        token.tokenExpiresAtMs,
        token.sessionExpiresAtMs,
      ];
      return sealer.seal(JSON.stringify(sealed));
    },
    open(sealed) {
      const text = sealer.open(sealed);
      if (text === undefined) return 'malformed';
      // Nobody but `seal` can have made it.
      const [format, id, roomId, userId, bits, attributes, issuedAtMs, tokenExpiresAtMs, sessionExpiresAtMs]: Sealed =
        JSON.parse(text);
      if (format !== FORMAT) return 'malformed';
      if (clock.now() >= tokenExpiresAtMs) return 'expired';
      const capabilities = CAPABILITIES.filter((_, i) => (bits & (1 << i)) !== 0);
      return { id, roomId, userId, capabilities, attributes, issuedAtMs, tokenExpiresAtMs, sessionExpiresAtMs };
    },
  };
}

export const tokens = {
  CreateChatToken: operation({
    http: 'POST /CreateChatToken 200',
    action: 'ivschat:CreateChatToken',
    rate: 200,
    resource: ({ input }) => input.roomIdentifier,
    input: structure({
      roomIdentifier: RoomIdentifier,
      userId: string({ min: 1, max: 128 }),
      capabilities: optional(list(enumeration(...CAPABILITIES))),
      sessionDurationInMinutes: optional(integer({ min: 1, max: 180 })),
      attributes: optional(Attributes),
    }),
    output: structure({ token: string(), tokenExpirationTime: timestamp(), sessionExpirationTime: timestamp() }),
    errors: [ResourceNotFound],
    async handle({ input, scope, clock, ids, limits, rooms, tokens }) {
      const { userId, capabilities = [], attributes = {}, sessionDurationInMinutes = DEFAULT_SESSION_MINUTES } = input;
      checkSize(attributes, limits.get('token-attributes-bytes'));
      const { id: roomId } = await requireRoom(rooms, scope, input.roomIdentifier);
      const issuedAtMs = clock.now();
      const sessionExpiresAtMs = issuedAtMs + sessionDurationInMinutes * MINUTE_MS;
      // A connection opened after its session's end would be told so at once and come back.
      const tokenExpiresAtMs = Math.min(issuedAtMs + tokens.lifetimeMs, sessionExpiresAtMs);
      return {
        token: tokens.seal({
          id: ids.short(),
          roomId,
          userId,
          capabilities,
          attributes,
          issuedAtMs,
          tokenExpiresAtMs,
          sessionExpiresAtMs,
        }),
        tokenExpirationTime: new Date(tokenExpiresAtMs).toISOString(),
        sessionExpirationTime: new Date(sessionExpiresAtMs).toISOString(),
      };
    },
  }),
};
