/** Tokens of OpenID Connect issuers: who is behind one, by the issuer's own keys (OpenID Connect Discovery 1.0). */
import type * as Jose from 'jose';
import { AwsError, errorType } from '../aws/errors.ts';
import type { Clock } from '../engine/ports.ts';
import { FETCH_TIMEOUT_MS, fetchBounded } from './bounded-fetch.ts';

type MessageBody = { readonly message: string };

export const IdpCommunicationError = errorType<MessageBody>('IDPCommunicationError', 400);
export const IdpRejectedClaim = errorType<MessageBody>('IDPRejectedClaim', 403);
export const InvalidIdentityToken = errorType<MessageBody>('InvalidIdentityToken', 400);
export const ExpiredIdentityToken = errorType<MessageBody>('ExpiredTokenException', 400);

/** How long keys are used before they are asked for again; an unknown key id asks sooner, but not more often than this. */
const KEYS_KNOWN_MS = 600_000;
const KEYS_ASKED_EVERY_MS = 30_000;
/** By public keys alone. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** An issuer that is trusted, for tokens made for one of these audiences. */
export interface Issuer {
  /** URL without a slash at its end. */
  readonly url: string;
  readonly audiences: readonly string[];
}

export interface WebIdentity {
  /** The issuer without its scheme, as condition keys and provider ARNs have it. */
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** All that the token says. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface WebIdentities {
  /** @throws InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim or IDPCommunicationError */
  verify(token: string): Promise<WebIdentity>;
}

type Keys = ReturnType<typeof Jose.createRemoteJWKSet>;

export function createWebIdentities(options: {
  readonly issuers: readonly Issuer[];
  readonly clock: Pick<Clock, 'now'>;
}): WebIdentities {
  const { issuers, clock } = options;
  const found = new Map<string, Promise<Keys>>();
  /** When an issuer could not be asked. */
  const failures = new Map<string, number>();

  /** An issuer's keys; where they are is asked again when it could not be told, after a while. */
  function keysOf(jose: typeof Jose, { url }: Issuer): Promise<Keys> {
    const known = found.get(url);
    const failedAt = failures.get(url) ?? Number.POSITIVE_INFINITY;
    if (known && clock.now() < failedAt + KEYS_ASKED_EVERY_MS) return known;
    failures.delete(url);
    const discovered = discover(jose, url);
    found.set(url, discovered);
    discovered.catch(() => failures.set(url, clock.now()));
    return discovered;
  }

  return {
    async verify(token) {
      const jose = await import('jose');
      const issuer = issuerOf(jose, token, issuers);
      const keys = await keysOf(jose, issuer);
      const audience = [...issuer.audiences];
      try {
        const { payload } = await jose.jwtVerify(token, keys, {
          algorithms: ALGORITHMS,
          audience,
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp', 'sub', 'aud'],
        });
        return {
          provider: providerOf(issuer.url),
          issuer: issuer.url,
          subject: String(payload.sub),
          audience: [payload.aud ?? []].flat().find((each) => audience.includes(each)) ?? '',
          claims: payload,
        };
      } catch (error) {
        throw refusal(jose, error);
      }
    },
  };
}

/** The issuer's URL without its scheme. */
export function providerOf(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

function issuerOf(jose: typeof Jose, token: string, issuers: readonly Issuer[]): Issuer {
  let claimed: string | undefined;
  try {
    claimed = jose.decodeJwt(token).iss;
  } catch {
    throw InvalidIdentityToken({ message: 'The web identity token is not a JSON Web Token.' });
  }
  const issuer = issuers.find(({ url }) => url === claimed?.replace(/\/$/, ''));
  if (!issuer)
    throw InvalidIdentityToken({ message: 'No OpenIDConnect provider found in your account for the token.' });
  return issuer;
}

async function discover(jose: typeof Jose, url: string): Promise<Keys> {
  const place = `${url}/.well-known/openid-configuration`;
  let described: unknown;
  try {
    const response = await fetchBounded(place, {});
    described = response.status === 200 ? await response.json() : undefined;
  } catch {
    described = undefined;
  }
  const { issuer, jwks_uri: keys } = (described ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof issuer !== 'string' || issuer.replace(/\/$/, '') !== url || typeof keys !== 'string') {
    throw IdpCommunicationError({ message: `The issuer ${url} could not be asked for its keys.` });
  }
  const scheme = new URL(url).protocol;
  if (!URL.canParse(keys) || new URL(keys).protocol !== scheme) {
    throw IdpCommunicationError({ message: `The issuer ${url} keeps its keys where they cannot be trusted.` });
  }
  return jose.createRemoteJWKSet(new URL(keys), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: KEYS_KNOWN_MS,
    cooldownDuration: KEYS_ASKED_EVERY_MS,
    [jose.customFetch]: fetchBounded,
  });
}

function refusal({ errors }: typeof Jose, error: unknown): unknown {
  if (error instanceof AwsError) return error;
  if (error instanceof errors.JWTExpired)
    return ExpiredIdentityToken({ message: 'The web identity token has expired.' });
  if (error instanceof errors.JWTClaimValidationFailed) {
    return IdpRejectedClaim({ message: `The claim '${error.claim}' of the web identity token is not accepted.` });
  }
  const ofToken = [
    errors.JWSInvalid,
    errors.JWTInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
  ];
  if (ofToken.some((type) => error instanceof type) || error instanceof errors.JWKSNoMatchingKey) {
    return InvalidIdentityToken({ message: 'The web identity token is not signed by its issuer.' });
  }
  return IdpCommunicationError({ message: 'The keys of the issuer could not be read.' });
}
