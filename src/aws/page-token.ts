/** Pagination tokens: opaque, tamper-proof, good only for the operation and filters they were issued for. */
import { hash } from 'node:crypto';
import type { Sealer } from './jwe.ts';
import type { Shape } from './shape.ts';

/** As the service models limit `nextToken` (spec/ivs-chat 3.3). */
const MAXIMUM_LENGTH = 1024;

/** What a token belongs to: the operation's name and the filters of the listing. */
export interface Listing {
  readonly operation: string;
  readonly filters: readonly unknown[];
}

export interface PageTokens {
  /** @param position where the next page starts: JSON, small enough for 1,024 characters of token. */
  issue(listing: Listing, position: unknown): string;
  /** Gives the position, or undefined when the token is foreign, altered or of another listing. */
  open<Position>(listing: Listing, token: string, shape: Shape<Position>): Position | undefined;
}

export function createPageTokens(sealer: Sealer): PageTokens {
  const digest = ({ operation, filters }: Listing) => hash('sha256', JSON.stringify([operation, filters]), 'base64url');
  return {
    issue(listing, position) {
      const token = sealer.seal(JSON.stringify([digest(listing), position]));
      if (token.length > MAXIMUM_LENGTH)
        throw new Error(`page token of ${listing.operation} is ${token.length} characters long`);
      return token;
    },
    open(listing, token, shape) {
      const opened = sealer.open(token);
      if (opened === undefined) return undefined;
      const [binding, position]: readonly unknown[] = JSON.parse(opened);
      return binding === digest(listing) ? shape.read(position, 'position', []) : undefined;
    },
  };
}
