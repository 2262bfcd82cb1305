/**
 * Signature Version 4 in its query form: a URL that carries its signature and may be used for a while
 * (spec/chime-messaging 2.2, 2.3).
 */
import type { HttpRequest } from '../transport/ports.ts';
import {
  type CanonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  inCanonicalOrder,
  signedHeadersOf,
} from './canonical-request.ts';
import { IncompleteSignature, InvalidSignature } from './errors.ts';
import { parseQuery } from './router.ts';
import {
  ALGORITHM,
  basicFormat,
  type Claim,
  epochOf,
  isTimestamp,
  MAXIMUM_SKEW_MS,
  readCredential,
} from './signature.ts';

/** Seven days; of a URL that says nothing of its lifetime, 15 minutes. */
const MAXIMUM_EXPIRES = 604_800;
const DEFAULT_EXPIRES = 900;

const SIGNATURE = 'X-Amz-Signature';

export interface Presigned {
  readonly claim: Claim;
  /** For how many seconds after it was signed it may be used. */
  readonly expires: number;
}

export function isPresigned(target: string): boolean {
  const mark = target.indexOf('?');
  return mark >= 0 && /(?:^|&)X-Amz-(?:Algorithm|Signature|Credential)=/.test(target.slice(mark + 1));
}

/** @throws IncompleteSignature when a parameter is missing, malformed or there twice. */
export function readPresigned(target: string): Presigned {
  const parameters = parametersOf(target);
  if (parameters.get('X-Amz-Algorithm') !== ALGORITHM) {
    throw IncompleteSignature({ message: `X-Amz-Algorithm must be '${ALGORITHM}'.` });
  }
  const missing = ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', SIGNATURE].filter(
    (name) => !parameters.get(name),
  );
  if (missing.length > 0) {
    throw IncompleteSignature({ message: missing.map((name) => `The query requires '${name}'.`).join(' ') });
  }
  const timestamp = parameters.get('X-Amz-Date');
  if (!isTimestamp(timestamp)) throw IncompleteSignature({ message: "X-Amz-Date must look like '20260102T030405Z'." });
  return {
    claim: {
      ...readCredential(parameters.get('X-Amz-Credential') ?? ''),
      signedHeaders: signedHeadersOf(parameters.get('X-Amz-SignedHeaders') ?? ''),
      signature: parameters.get(SIGNATURE) ?? '',
      timestamp,
      sessionToken: parameters.get('X-Amz-Security-Token'),
    },
    expires: readExpires(parameters.get('X-Amz-Expires')),
  };
}

/** Those of the signature, which must be clear: none may be there twice. */
function parametersOf(target: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of parseQuery(target.slice(target.indexOf('?') + 1))) {
    if (!name.startsWith('X-Amz-')) continue;
    if (parameters.has(name)) throw IncompleteSignature({ message: `The query has '${name}' more than once.` });
    parameters.set(name, value);
  }
  return parameters;
}

function readExpires(text: string | undefined): number {
  if (text === undefined) return DEFAULT_EXPIRES;
  const expires = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (expires >= 1 && expires <= MAXIMUM_EXPIRES) return expires;
  throw IncompleteSignature({ message: `X-Amz-Expires must be a number of seconds from 1 to ${MAXIMUM_EXPIRES}.` });
}

/** @throws InvalidSignature before its time, save for the skew of clocks, and after it. */
export function checkLifetime({ claim: { timestamp }, expires }: Presigned, now: number): void {
  const signed = epochOf(timestamp);
  const end = signed + expires * 1000;
  if (now > end) {
    throw InvalidSignature({
      message: `Signature expired: ${basicFormat(end)} is now earlier than ${basicFormat(now)}.`,
    });
  }
  if (signed - now > MAXIMUM_SKEW_MS) {
    throw InvalidSignature({
      message: `Signature not yet current: ${timestamp} is still later than ${basicFormat(now + MAXIMUM_SKEW_MS)}.`,
    });
  }
}

/**
 * The canonical requests that the signature may be of: that of the query as it was sent, since signers differ in what
 * they leave unescaped, and that of RFC 3986.
 */
export function presignedForms(
  { method, target }: Pick<HttpRequest, 'method' | 'target'>,
  { claim: { signedHeaders } }: Presigned,
  headers: CanonicalHeaders,
  bodyHash: string,
): readonly (() => string)[] {
  const mark = target.indexOf('?');
  const path = target.slice(0, mark);
  const pairs = target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith(`${SIGNATURE}=`));
  const asSent = () => inCanonicalOrder(pairs.map(split));
  const strict = () => canonicalQuery(pairs.join('&'));
  return [asSent, strict].map(
    (query) => () => canonicalRequest(method, path, headers, signedHeaders, bodyHash, query()),
  );
}

function split(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}
