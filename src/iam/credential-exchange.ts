/**
 * Temporary credentials for browsers: `POST /creds` of the chat demo of AWS (spec/chime-messaging 7 A). Somebody else
 * has said who the user is; here the user gets credentials that can act as this user and nobody else.
 */
import { AwsError, errorType } from '../aws/errors.ts';
import { TokenBucket } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from '../transport/ports.ts';
import type { SessionMaker } from './assume-role.ts';
import { type ProvenUser, type ProveUser, Unauthorized } from './user-proof.ts';
import { startUserSession } from './user-session.ts';

type MessageBody = { readonly message: string };

const TooManyRequests = errorType<MessageBody>('TooManyRequests', 429);
const InternalFailure = errorType<MessageBody>('InternalFailure', 500);

const PER_SECOND = 100;
const PER_ADDRESS_PER_SECOND = 10;
/** How many addresses are remembered before those that have been silent for a second are forgotten. */
const ADDRESSES_KNOWN = 1000;
/** Characters of a token as it is sent. */
const TOKEN_MAX = 12_000;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** Makes the AppInstanceUser if it is not there; one that is there stays as it is. */
export type EnsureUser = (appInstanceArn: string, userId: string, name: string) => Promise<void>;

/** An exchange that was asked for, for the audit. */
export interface Exchanged {
  /** ARN of the session that was made. */
  readonly principal: string | undefined;
  /** The access key that was given. */
  readonly accessKeyId: string | undefined;
  /** Undefined: it is not proven who asks. */
  readonly userId: string | undefined;
  readonly userArn: string | undefined;
  readonly address: string;
  readonly status: number;
  /** Why not. */
  readonly error: string | undefined;
  readonly elapsedMs: number;
}

export interface ExchangeOptions {
  readonly region: string;
  readonly roleArn: string;
  readonly appInstanceArn: string;
  /** How long credentials last, unless the role has shorter sessions. */
  readonly seconds: number;
  readonly prove: ProveUser;
  readonly ensureUser?: EnsureUser | undefined;
  readonly maker: SessionMaker;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  observe(exchanged: Exchanged): void;
  /** What went wrong on this side, or on that of the proof. */
  report(error: unknown): void;
}

export function createCredentialExchange(options: ExchangeOptions): HttpHandler {
  const { appInstanceArn, clock, observe } = options;
  const pace = createPace(clock);
  return async (request) => {
    if (request.method !== 'POST') return json(405, { message: 'Use POST here.' }, { allow: 'POST' });
    const startedMs = clock.monotonic();
    const { response, error, user, session } = await exchange(request, options, pace);
    observe({
      principal: session?.AssumedRoleUser.Arn,
      accessKeyId: session?.Credentials.AccessKeyId,
      userId: user?.userId,
      userArn: user && userArnOf(appInstanceArn, user),
      address: request.address,
      status: response.status,
      error,
      elapsedMs: clock.monotonic() - startedMs,
    });
    return response;
  };
}

interface Outcome {
  readonly response: HttpResponse;
  readonly error?: string;
  readonly user?: ProvenUser;
  readonly session?: Awaited<ReturnType<typeof startUserSession>>;
}

async function exchange(request: HttpRequest, options: ExchangeOptions, pace: Pace): Promise<Outcome> {
  const { appInstanceArn, clock, ensureUser, maker, region, report, roleArn, seconds } = options;
  const { address, secure = false } = request;
  let user: ProvenUser | undefined;
  try {
    if (!pace(address)) throw TooManyRequests({ message: 'Too many requests. Try again shortly.' });
    user = await options.prove(tokenOf(request));
    const userArn = userArnOf(appInstanceArn, user);
    await ensureUser?.(appInstanceArn, user.userId, user.name);
    const access = { sourceIp: address, time: clock.now(), secureTransport: secure, region };
    const session = await startUserSession(maker, { roleArn, userId: user.userId, userArn, seconds, access });
    const reply = {
      ChimeAppInstanceUserArn: userArn,
      ChimeUserId: user.userId,
      ChimeDisplayName: user.name,
      ChimeCredentials: session.Credentials,
    };
    return { response: json(200, reply), user, session };
  } catch (error) {
    const cause = error instanceof AwsError ? error : InternalFailure({ message: 'An internal error.' });
    // Once it is proven who asks, nothing that fails is of their doing.
    const told = user === undefined ? cause : InternalFailure({ message: 'The credentials could not be made.' });
    if (told.status >= 500) report(error);
    return { response: refusal(told), error: cause.type, ...(user && { user }) };
  }
}

function userArnOf(appInstanceArn: string, { userId }: ProvenUser): string {
  return `${appInstanceArn}/user/${userId}`;
}

function refusal({ type, status, body }: AwsError): HttpResponse {
  const more = { 401: { 'www-authenticate': 'Bearer' }, 429: { 'retry-after': '1' } }[status];
  return json(status, { code: type, ...body }, more);
}

/**
 * The token of the request: a JSON Web Token as it is, or any token in base64, as the demo sends it.
 * @throws Unauthorized
 */
function tokenOf({ headers }: HttpRequest): string {
  const { authorization } = headers;
  const [, given] = /^Bearer +(\S+)$/i.exec(typeof authorization === 'string' ? authorization : '') ?? [];
  if (given === undefined) throw Unauthorized({ message: 'The request must have Authorization: Bearer <token>.' });
  if (given.length > TOKEN_MAX) throw Unauthorized({ message: 'The token is too long.' });
  if (JWT.test(given)) return given;
  const token = BASE64.test(given) ? utf8(Buffer.from(given, 'base64')) : undefined;
  if (token) return token;
  throw Unauthorized({ message: 'The token must be a JSON Web Token, or be encoded in base64.' });
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether an address may ask now. */
type Pace = (address: string) => boolean;

function createPace(clock: Pick<Clock, 'monotonic'>): Pace {
  const all = new TokenBucket(PER_SECOND, clock);
  const perAddress = new Map<string, TokenBucket>();
  return (address) => {
    // What is full is as good as new; no more addresses than `all` admits in a second are not full.
    if (perAddress.size >= ADDRESSES_KNOWN) {
      for (const [each, bucket] of perAddress) if (bucket.full) perAddress.delete(each);
    }
    const own = perAddress.get(address) ?? new TokenBucket(PER_ADDRESS_PER_SECOND, clock);
    if (!own.ready || !all.take()) return false;
    perAddress.set(address, own);
    return own.take();
  };
}

function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(value),
  };
}
