/**
 * Temporary credentials. The session token holds, sealed, all that is known of the session, so that every node verifies
 * it without a lookup: access key, secret, principal, policies, tags, expiry.
 */
import type { Sealer } from '../aws/jwe.ts';
import type { AccessKey, Principal } from '../aws/ports.ts';
import { PackedPolicyTooLarge } from './errors.ts';
import type { IamIds } from './identifiers.ts';

/** Bytes of what is sealed: the token must fit into a header. */
const MAXIMUM_BYTES = 6000;
/** Tokens that are kept open, so that a session's policies are compiled once. */
const TOKENS_KNOWN = 2000;

/** As the replies of STS have them. */
export interface TemporaryCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

/** The principal of a session. */
export type SessionPrincipal = Principal & Required<Pick<Principal, 'session'>>;

export interface SessionTokens {
  /**
   * Makes credentials of a session.
   * @returns with them how much of the room for policies and tags is used, in percent
   * @throws PackedPolicyTooLarge
   */
  issue(principal: SessionPrincipal): { readonly credentials: TemporaryCredentials; readonly packedSize: number };
  /** The session's key; undefined unless this server has made the token for this access key. */
  open(accessKeyId: string, sessionToken: string): AccessKey<SessionPrincipal> | undefined;
}

/** What is sealed. */
interface Sealed {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly principal: SessionPrincipal;
}

export function createSessionTokens({ sealer, ids }: { readonly sealer: Sealer; readonly ids: IamIds }): SessionTokens {
  const opened = new Map<string, Sealed>();

  function read(sessionToken: string): Sealed | undefined {
    const known = opened.get(sessionToken);
    if (known) return known;
    const text = sealer.open(sessionToken);
    if (text === undefined) return undefined;
    const sealed: Sealed = JSON.parse(text); // nobody else can have sealed it
    const [oldest] = opened.keys();
    if (opened.size >= TOKENS_KNOWN && oldest !== undefined) opened.delete(oldest);
    opened.set(sessionToken, sealed);
    return sealed;
  }

  return {
    issue(principal) {
      const key = { accessKeyId: ids.unique('ASIA'), secret: ids.secret() };
      const text = JSON.stringify({ ...key, principal } satisfies Sealed);
      const packedSize = Math.ceil((Buffer.byteLength(text) * 100) / MAXIMUM_BYTES);
      if (packedSize > 100) {
        throw PackedPolicyTooLarge({
          message: `Packed size of session policies and tags consumes ${packedSize}% of allotted space.`,
        });
      }
      const credentials = {
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secret,
        SessionToken: sealer.seal(text),
        Expiration: new Date(principal.session.expiresAt).toISOString(),
      };
      return { credentials, packedSize };
    },

    open(accessKeyId, sessionToken) {
      const sealed = read(sessionToken);
      return sealed?.accessKeyId === accessKeyId ? { secret: sealed.secret, principal: sealed.principal } : undefined;
    },
  };
}
