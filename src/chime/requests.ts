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

interface Row {
  readonly hash: string;
  readonly result: string;
  readonly expires_at: number;
}

/**
 * Does the work, or gives what it gave the first time, then without its effects. To be called within a unit.
 * @param nowMs milliseconds since the epoch
 * @param work gives what JSON can hold
 * @throws ConflictException when the token came with other parameters before
 */
export async function once<Result>(
  query: Query,
  { scope, token, parameters }: TokenRequest,
  nowMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  if (token === undefined) return work();
  const digest = hash('sha256', JSON.stringify(parameters));
  const [known] = await query<Row>(
    'SELECT hash, result, expires_at FROM chime_request WHERE scope = ? AND token = ?',
    scope,
    token,
  );
  if (known && known.expires_at > nowMs) {
    if (known.hash !== digest) throw otherParameters();
    return JSON.parse(known.result);
  }
  const result = await work();
  await query(
    `INSERT INTO chime_request (scope, token, hash, result, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (scope, token) DO UPDATE SET hash = excluded.hash, result = excluded.result, expires_at = excluded.expires_at`,
    scope,
    token,
    digest,
    JSON.stringify(result),
    nowMs + KEPT_MS,
  );
  return result;
}

/** 409 for a token that came with other parameters before. */
export function otherParameters() {
  return Conflict('The ClientRequestToken was used with other parameters.');
}
