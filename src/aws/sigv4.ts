/** AWS Signature Version 4: verification in both its forms for the server, signing for the command line. */
import { hash } from 'node:crypto';
import type { HttpRequest } from '../transport/ports.ts';
import { type CanonicalHeaders, canonicalHeaders, canonicalRequest, signedHeadersOf } from './canonical-request.ts';
import {
  ExpiredToken,
  IncompleteSignature,
  InvalidSignature,
  MissingAuthenticationToken,
  UnrecognizedClient,
} from './errors.ts';
import type { Principal, Principals } from './ports.ts';
import { checkLifetime, isPresigned, presignedForms, readPresigned } from './presigned.ts';
import {
  ALGORITHM,
  basicFormat,
  type Claim,
  checkScope,
  createSigningKeys,
  epochOf,
  isTimestamp,
  MAXIMUM_SKEW_MS,
  matches,
  notSigned,
  readCredential,
  sign,
  signingKey,
  TERMINATOR,
} from './signature.ts';

/** What services without regions are signed for. */
const GLOBAL_REGION = 'us-east-1';

/** The body's hash is compared with the body, and a proxy adds its own id; all other `x-amz-` headers must be signed. */
const MAY_BE_UNSIGNED = new Set(['x-amz-content-sha256', 'x-amz-cf-id']);

type SignedPart = Pick<HttpRequest, 'method' | 'target' | 'rawHeaders' | 'body'>;

export interface Verifier {
  /**
   * Gives the principal that signed the request for the service: in its headers or, when it has no `Authorization`, in
   * its query.
   * @param global whether the scope may be that of us-east-1 too, as of services without regions
   * @throws AwsError of type MissingAuthenticationToken, IncompleteSignature, UnrecognizedClient, InvalidSignature or
   *   ExpiredToken.
   */
  verify(request: SignedPart, service: string, global?: boolean): Promise<Principal>;
}

/** @param region requests must be scoped to it. */
export function createVerifier(options: {
  readonly region: string;
  readonly principals: Principals;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Verifier {
  const { now, principals } = options;
  const signingKeys = createSigningKeys();
  return {
    async verify(request, service, global = false) {
      const headers = canonicalHeaders(request.rawHeaders);
      const presigned = !headers.has('authorization') && isPresigned(request.target);
      const { claim, forms } = presigned ? inQuery(request, headers, now()) : inHeaders(request, headers, now());
      checkScope(claim, global && claim.region === GLOBAL_REGION ? GLOBAL_REGION : options.region, service);
      const accessKey = await principals.find(claim.accessKeyId, claim.sessionToken);
      if (!accessKey) throw UnrecognizedClient({ message: 'The security token included in the request is invalid.' });
      const key = signingKeys(accessKey.secret, claim);
      if (!forms.some((canonical) => matches(key, claim, canonical()))) {
        throw InvalidSignature({
          message:
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
            'Access Key and signing method. Consult the service documentation for details.',
        });
      }
      principals.used?.(claim.accessKeyId, service, claim.region);
      const { principal } = accessKey;
      if (principal.session && principal.session.expiresAt <= now()) {
        throw ExpiredToken({ message: 'The security token included in the request is expired' });
      }
      return principal;
    },
  };
}

/** A claim with the canonical requests that its signature may be of. */
interface Signed {
  readonly claim: Claim;
  readonly forms: readonly (() => string)[];
}

function inHeaders({ method, target, body }: SignedPart, headers: CanonicalHeaders, now: number): Signed {
  const claim = readAuthorization(headers);
  checkTime(claim, now);
  const date = headers.has('x-amz-date') ? 'x-amz-date' : 'date';
  checkSignedHeaders(claim, headers, ['host', date]);
  const bodyHash = checkBody(headers, body);
  return { claim, forms: [() => canonicalRequest(method, target, headers, claim.signedHeaders, bodyHash)] };
}

function inQuery(request: SignedPart, headers: CanonicalHeaders, now: number): Signed {
  const presigned = readPresigned(request.target);
  checkLifetime(presigned, now);
  checkSignedHeaders(presigned.claim, headers, ['host']);
  const bodyHash = checkBody(headers, request.body);
  return { claim: presigned.claim, forms: presignedForms(request, presigned, headers, bodyHash) };
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Signs a request.
 * @param request its `headers` must have `host`; all of them are signed.
 * @returns the headers to send: those given and those of the signature, in lower case.
 */
export function signRequest(
  request: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
  },
  credentials: Credentials,
  scope: { readonly region: string; readonly service: string; readonly now: number },
): Record<string, string> {
  const timestamp = basicFormat(scope.now);
  const date = timestamp.slice(0, 8);
  const bodyHash = hash('sha256', request.body);
  const headers: Record<string, string> = { 'x-amz-date': timestamp, 'x-amz-content-sha256': bodyHash };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  const signedHeaders = signedHeadersOf(Object.keys(headers).sort().join(';'));
  const claim = { date, region: scope.region, service: scope.service, timestamp };
  const canonical = canonicalRequest(
    request.method,
    request.target,
    canonicalHeaders(Object.entries(headers).flat()),
    signedHeaders,
    bodyHash,
  );
  const signature = sign(signingKey(credentials.secretAccessKey, claim), claim, canonical);
  const credential = `${credentials.accessKeyId}/${date}/${scope.region}/${scope.service}/${TERMINATOR}`;
  headers['authorization'] =
    `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.text}, Signature=${signature}`;
  return headers;
}

function readAuthorization(headers: CanonicalHeaders): Claim {
  const authorization = headers.get('authorization');
  if (authorization === undefined) throw MissingAuthenticationToken({ message: 'Missing Authentication Token' });
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw IncompleteSignature({ message: `Authorization header requires the algorithm '${ALGORITHM}'.` });
  }
  const { Credential: credential, SignedHeaders: signedHeaders, Signature: signature } = parametersOf(authorization);
  const timestamp = readTimestamp(headers);
  if (!credential || !signedHeaders || !signature || !timestamp) {
    const missing = [
      ...(credential ? [] : ["Authorization header requires 'Credential' parameter."]),
      ...(signature ? [] : ["Authorization header requires 'Signature' parameter."]),
      ...(signedHeaders ? [] : ["Authorization header requires 'SignedHeaders' parameter."]),
      ...(timestamp ? [] : ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]),
    ];
    throw IncompleteSignature({ message: missing.join(' ') });
  }
  const sessionToken = headers.get('x-amz-security-token');
  return {
    ...readCredential(credential),
    signedHeaders: signedHeadersOf(signedHeaders),
    signature,
    timestamp,
    sessionToken,
  };
}

/** What follows the algorithm: `Credential=…, SignedHeaders=…, Signature=…`, in any order; empty what is missing. */
function parametersOf(authorization: string) {
  const parameters = { Credential: '', SignedHeaders: '', Signature: '' };
  for (const parameter of authorization.slice(ALGORITHM.length).split(',')) {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, equals).trim();
    if (name === 'Credential' || name === 'SignedHeaders' || name === 'Signature') {
      parameters[name] = parameter.slice(equals + 1).trim();
    }
  }
  return parameters;
}

/** The moment of signing in the basic format of ISO 8601; undefined when there is none. */
function readTimestamp(headers: CanonicalHeaders): string | undefined {
  const given = headers.get('x-amz-date');
  if (given !== undefined) return isTimestamp(given) ? given : undefined;
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : basicFormat(date);
}

function checkTime({ timestamp }: Claim, now: number): void {
  const signed = epochOf(timestamp);
  const skew = MAXIMUM_SKEW_MS;
  if (Math.abs(signed - now) <= skew) return;
  const [state, relation, limit, operator] =
    signed < now ? ['expired', 'now earlier', now - skew, '-'] : ['not yet current', 'still later', now + skew, '+'];
  throw InvalidSignature({
    message:
      `Signature ${state}: ${timestamp} is ${relation} than ${basicFormat(limit)} ` +
      `(${basicFormat(now)} ${operator} ${skew / 60_000} min.)`,
  });
}

/** What an operation may act on must be covered by the signature. */
function checkSignedHeaders(claim: Claim, headers: CanonicalHeaders, always: readonly string[]): void {
  const signed = claim.signedHeaders.names;
  for (const name of always) {
    if (!signed.includes(name)) throw notSigned(name);
  }
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-') && !MAY_BE_UNSIGNED.has(name) && !signed.includes(name)) throw notSigned(name);
  }
}

/** Gives the body's hash, which must be the one that the client says, if it says one. */
function checkBody(headers: CanonicalHeaders, body: Buffer): string {
  const actual = hash('sha256', body);
  const said = headers.get('x-amz-content-sha256');
  if (said !== undefined && said !== actual) {
    throw InvalidSignature({ message: "The value of 'x-amz-content-sha256' is not the SHA-256 of the body received." });
  }
  return actual;
}
