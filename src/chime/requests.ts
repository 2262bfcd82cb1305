/** Requests that carry a client token are done once, however often they come (spec/chime-messaging 3.1). */
import { hash } from 'node:crypto';
import { optional, string } from '../aws/shape.ts';
import type { Query } from '../storage/database.ts';
import { Conflict } from './errors.ts';

export const ClientRequestToken = optional(string({ min: 2, max: 64, pattern: /[-_a-zA-Z0-9]*/ }));

/** How long a token is remembered: longer than any SDK tries again. */
const KEPT_MS = 24 * 3_600_000;

/** A request as its token stands for it. */
export interface TokenRequest {
  /** The operation and what its tokens are distinct in, for example `SendChannelMessage/7/12`. */
  readonly scope: string;
  /** Absent: the request is not repeated. */
  readonly token: string | undefined;
  /** All that must be the same when it comes again. */
  readonly parameters: unknown;
}

/** What tells the parameters of requests with the same token apart. */
export function digestOf({ parameters }: TokenRequest): string {
  return hash('sha256', JSON.stringify(parameters));
}

/**
 * Does the work, or gives what it gave the first time, then without its effects. To be called within a unit.
 * @param nowMs milliseconds since the epoch
 * @param work gives what JSON can hold
 * @throws ConflictException when the token came with other parameters before
 */
export async function once<Result>(
  query: Query,
  request: TokenRequest,
  nowMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const first = await firstResult<Result>(query, request, nowMs);
  if (first) return first.result;
  const result = await work();
  await record(query, request, nowMs, result);
  return result;
}

/**
 * As `once`, for work whose result is known before it: a statement less on a hot path.
 * @returns what came of it the first time; undefined: it is the first time, and the work is to be done
 */
export async function firstOrRecord<Result>(
  query: Query,
  request: TokenRequest,
  nowMs: number,
  result: Result,
): Promise<Result | undefined> {
  if (await record(query, request, nowMs, result)) return undefined;
  const first = await firstResult<Result>(query, request, nowMs);
  return first?.result;
}

/**
 * What came of the request the first time; undefined: it is the first time.
 * @throws ConflictException when the token came with other parameters before
 */
export async function firstResult<Result>(
  query: Query,
  request: TokenRequest,
  nowMs: number,
): Promise<{ readonly result: Result } | undefined> {
  if (request.token === undefined) return undefined;
  const [known] = await query<{ hash: string; result: string }>(
    'SELECT hash, result FROM chime_request WHERE scope = ? AND token = ? AND expires_at > ?',
    request.scope,
    request.token,
    nowMs,
  );
  if (!known) return undefined;
  if (known.hash !== digestOf(request)) throw otherParameters();
  return { result: JSON.parse(known.result) };
}

/** @returns whether it was recorded: not when the token is known and has not expired */
async function record(query: Query, request: TokenRequest, nowMs: number, result: unknown): Promise<boolean> {
  if (request.token === undefined) return true;
  const recorded = await query<{ token: string }>(
    `INSERT INTO chime_request (scope, token, hash, result, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (scope, token) DO UPDATE SET hash = excluded.hash, result = excluded.result, expires_at = excluded.expires_at
     WHERE chime_request.expires_at <= ?
     RETURNING token`,
    request.scope,
    request.token,
    digestOf(request),
    JSON.stringify(result),
    nowMs + KEPT_MS,
    nowMs,
  );
  return recorded.length > 0;
}

/** 409 for a token that came with other parameters before. */
export function otherParameters() {
  return Conflict('The ClientRequestToken was used with other parameters.');
}
