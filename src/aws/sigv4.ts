/** AWS Signature Version 4 in its header form: verification for the server, signing for the command line. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '../transport/ports.ts';
import { type CanonicalHeaders, canonicalHeaders, canonicalRequest } from './canonical-request.ts';
import { IncompleteSignature, InvalidSignature, MissingAuthenticationToken, UnrecognizedClient } from './errors.ts';
import type { Principal, Principals } from './ports.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const TERMINATOR = 'aws4_request';
/** What services without regions are signed for. */
const GLOBAL_REGION = 'us-east-1';
const MAXIMUM_SKEW_MINUTES = 5;
const MAXIMUM_SIGNING_KEYS = 1000;

/** The body's hash is compared with the body, and a proxy adds its own id; all other `x-amz-` headers must be signed. */
const MAY_BE_UNSIGNED = new Set(['x-amz-content-sha256', 'x-amz-cf-id']);

type SignedPart = Pick<HttpRequest, 'method' | 'target' | 'rawHeaders' | 'body'>;

/** What a request says of its own signature. */
interface Claim {
  readonly accessKeyId: string;
  /** Of the credential scope, `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case names joined with `;`. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** When it was signed, `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
}

export interface Verifier {
  /**
   * Gives the principal that signed the request for the service.
   * @param global whether the scope may be that of us-east-1 too, as of services without regions
   * @throws AwsError of type MissingAuthenticationToken, IncompleteSignature, UnrecognizedClient or InvalidSignature.
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
  const signingKeys = createSigningKeys();
  return {
    async verify(request, service, global = false) {
      const headers = canonicalHeaders(request.rawHeaders);
      const claim = readAuthorization(headers);
      checkScope(claim, global && claim.region === GLOBAL_REGION ? GLOBAL_REGION : options.region, service);
      checkTime(claim, options.now());
      checkSignedHeaders(claim, headers);
      const accessKey = await options.principals.find(claim.accessKeyId, claim.sessionToken);
      if (!accessKey) throw UnrecognizedClient({ message: 'The security token included in the request is invalid.' });
      const bodyHash = checkBody(headers, request.body);
      const canonical = canonicalRequest(request.method, request.target, headers, claim.signedHeaders, bodyHash);
      const signature = sign(signingKeys(accessKey.secret, claim), claim, canonical);
      const given = Buffer.from(claim.signature, 'hex');
      if (given.length !== signature.length || !timingSafeEqual(given, signature)) {
        throw InvalidSignature({
          message:
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
            'Access Key and signing method. Consult the service documentation for details.',
        });
      }
      return accessKey.principal;
    },
  };
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
  const signedHeaders = Object.keys(headers).sort().join(';');
  const claim = { date, region: scope.region, service: scope.service, timestamp };
  const canonical = canonicalRequest(
    request.method,
    request.target,
    canonicalHeaders(Object.entries(headers).flat()),
    signedHeaders,
    bodyHash,
  );
  const signature = sign(signingKey(credentials.secretAccessKey, claim), claim, canonical).toString('hex');
  const credential = `${credentials.accessKeyId}/${date}/${scope.region}/${scope.service}/${TERMINATOR}`;
  headers['authorization'] =
    `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

function readAuthorization(headers: CanonicalHeaders): Claim {
  const authorization = headers.get('authorization');
  if (authorization === undefined) throw MissingAuthenticationToken({ message: 'Missing Authentication Token' });
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw IncompleteSignature({ message: `Authorization header requires the algorithm '${ALGORITHM}'.` });
  }
  const parameters = new Map<string, string>();
  for (const parameter of authorization.slice(ALGORITHM.length).split(',')) {
    const equals = parameter.indexOf('=');
    parameters.set(parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim());
  }
  const credential = parameters.get('Credential');
  const signedHeaders = parameters.get('SignedHeaders');
  const signature = parameters.get('Signature');
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
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || terminator !== TERMINATOR) {
    throw IncompleteSignature({
      message: `Credential must be '<access key id>/<YYYYMMDD>/<region>/<service>/${TERMINATOR}', got '${credential}'.`,
    });
  }
  const sessionToken = headers.get('x-amz-security-token');
  return { accessKeyId, date, region, service, signedHeaders, signature, timestamp, sessionToken };
}

/** The moment of signing in the basic format of ISO 8601; undefined when there is none. */
function readTimestamp(headers: CanonicalHeaders): string | undefined {
  const given = headers.get('x-amz-date');
  if (given !== undefined) return /^\d{8}T\d{6}Z$/.test(given) ? given : undefined;
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : basicFormat(date);
}

function checkScope(claim: Claim, region: string, service: string): void {
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

function checkTime({ timestamp }: Claim, now: number): void {
  const signed = Date.UTC(
    Number(timestamp.slice(0, 4)),
    Number(timestamp.slice(4, 6)) - 1,
    Number(timestamp.slice(6, 8)),
    Number(timestamp.slice(9, 11)),
    Number(timestamp.slice(11, 13)),
    Number(timestamp.slice(13, 15)),
  );
  const skew = MAXIMUM_SKEW_MINUTES * 60_000;
  if (Math.abs(signed - now) <= skew) return;
  const [state, relation, limit, operator] =
    signed < now ? ['expired', 'now earlier', now - skew, '-'] : ['not yet current', 'still later', now + skew, '+'];
  throw InvalidSignature({
    message:
      `Signature ${state}: ${timestamp} is ${relation} than ${basicFormat(limit)} ` +
      `(${basicFormat(now)} ${operator} ${MAXIMUM_SKEW_MINUTES} min.)`,
  });
}

/** What an operation may act on must be covered by the signature. */
function checkSignedHeaders(claim: Claim, headers: CanonicalHeaders): void {
  const signed = claim.signedHeaders.split(';');
  const unsigned = (name: string) => !signed.includes(name);
  const date = headers.has('x-amz-date') ? 'x-amz-date' : 'date';
  for (const name of ['host', date]) {
    if (unsigned(name)) throw notSigned(name);
  }
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-') && !MAY_BE_UNSIGNED.has(name) && unsigned(name)) throw notSigned(name);
  }
}

function notSigned(name: string): Error {
  return InvalidSignature({ message: `'${name}' must be a 'SignedHeader' in the AWS Authorization.` });
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

type Terms = Pick<Claim, 'date' | 'region' | 'service' | 'timestamp'>;

function sign(key: Buffer, { date, region, service, timestamp }: Terms, canonical: string): Buffer {
  const scope = `${date}/${region}/${service}/${TERMINATOR}`;
  return hmac(key, `${ALGORITHM}\n${timestamp}\n${scope}\n${hash('sha256', canonical)}`);
}

function signingKey(secret: string, { date, region, service }: Terms): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), TERMINATOR);
}

/** Keeps signing keys, which are good for a day, up to a bound. */
function createSigningKeys(): (secret: string, claim: Claim) => Buffer {
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

/** `YYYYMMDDTHHMMSSZ`. */
function basicFormat(at: number): string {
  return new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
}
