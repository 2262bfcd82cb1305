/** What both forms of Signature Version 4 have in common: who claims to have signed what, and the signature itself. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { SignedHeaders } from './canonical-request.ts';
import { IncompleteSignature, InvalidSignature } from './errors.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const TERMINATOR = 'aws4_request';
export const MAXIMUM_SKEW_MS = 5 * 60_000;
const MAXIMUM_SIGNING_KEYS = 1000;

/** What a request says of its own signature. */
export interface Claim {
  readonly accessKeyId: string;
  /** Of the credential scope, `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: SignedHeaders;
  readonly signature: string;
  /** When it was signed, `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
}

/** Reads `<access key id>/<date>/<region>/<service>/aws4_request`. @throws IncompleteSignature */
export function readCredential(credential: string): Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'service'> {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || terminator !== TERMINATOR) {
    throw IncompleteSignature({
      message: `Credential must be '<access key id>/<YYYYMMDD>/<region>/<service>/${TERMINATOR}', got '${credential}'.`,
    });
  }
  return { accessKeyId, date, region, service };
}

/** @throws InvalidSignature when the scope is not of this region, service and day. */
export function checkScope(claim: Claim, region: string, service: string): void {
  if (claim.region !== region) {
    throw InvalidSignature({ message: `Credential should be scoped to a valid region, not '${claim.region}'.` });
  }
  if (claim.service !== service) {
    throw InvalidSignature({ message: `Credential should be scoped to correct service: '${service}'.` });
  }
  if (!claim.timestamp.startsWith(claim.date) || claim.date.length !== 8) {
    throw InvalidSignature({
      message:
        'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${claim.date}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    });
  }
}

export function isTimestamp(text: string | undefined): text is string {
  return text !== undefined && /^\d{8}T\d{6}Z$/.test(text);
}

/** Milliseconds since the epoch. @param timestamp `YYYYMMDDTHHMMSSZ` */
export function epochOf(timestamp: string): number {
  return Date.UTC(
    Number(timestamp.slice(0, 4)),
    Number(timestamp.slice(4, 6)) - 1,
    Number(timestamp.slice(6, 8)),
    Number(timestamp.slice(9, 11)),
    Number(timestamp.slice(11, 13)),
    Number(timestamp.slice(13, 15)),
  );
}

/** `YYYYMMDDTHHMMSSZ`. */
export function basicFormat(at: number): string {
  return new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

export function notSigned(name: string): Error {
  return InvalidSignature({ message: `'${name}' must be a 'SignedHeader' in the AWS Authorization.` });
}

type Terms = Pick<Claim, 'date' | 'region' | 'service' | 'timestamp'>;

/** The signature in hexadecimal. @param canonical the canonical request */
export function sign(key: Buffer, { date, region, service, timestamp }: Terms, canonical: string): string {
  const scope = `${date}/${region}/${service}/${TERMINATOR}`;
  const text = `${ALGORITHM}\n${timestamp}\n${scope}\n${hash('sha256', canonical)}`;
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Whether the claim's signature is that of the canonical request; takes as long when it is not. */
export function matches(key: Buffer, claim: Claim, canonical: string): boolean {
  const signature = Buffer.from(sign(key, claim, canonical));
  const given = Buffer.from(claim.signature);
  return given.length === signature.length && timingSafeEqual(given, signature);
}

export function signingKey(secret: string, { date, region, service }: Terms): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), TERMINATOR);
}

/** Keeps signing keys, which are good for a day, up to a bound. */
export function createSigningKeys(): (secret: string, claim: Claim) => Buffer {
  const keys = new Map<string, { readonly secret: string; readonly key: Buffer }>();
  return (secret, claim) => {
    const name = `${claim.accessKeyId}/${claim.date}/${claim.region}/${claim.service}`;
    const known = keys.get(name);
    if (known?.secret === secret) return known.key;
    const key = signingKey(secret, claim);
    if (keys.size >= MAXIMUM_SIGNING_KEYS) keys.clear();
    keys.set(name, { secret, key });
    return key;
  };
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
