/** What proves to the credential exchange who a user is: a token of an OpenID Connect issuer, or the word of a webhook. */
import { createHmac } from 'node:crypto';
import { AwsError, errorType } from '../aws/errors.ts';
import type { Clock } from '../engine/ports.ts';
import { fetchBounded } from './bounded-fetch.ts';
import { IdpCommunicationError, type WebIdentities } from './web-identity.ts';

type MessageBody = { readonly message: string };

export const Unauthorized = errorType<MessageBody>('Unauthorized', 401);
export const UnusableUserId = errorType<MessageBody>('UnusableUserId', 403);
export const ProofUnavailable = errorType<MessageBody>('ProofUnavailable', 503);

/** As AppInstanceUserId of the service model. */
const USER_ID = /^[A-Za-z0-9](?:[A-Za-z0-9:_.@-]{0,62}[A-Za-z0-9])?$/;
/** Characters of an AppInstanceUser's name. */
const NAME_MAX = 100;

export interface ProvenUser {
  /** Fit to be the id of an AppInstanceUser. */
  readonly userId: string;
  /** Of 1 to 100 characters. */
  readonly name: string;
}

/** @throws Unauthorized, UnusableUserId or ProofUnavailable */
export type ProveUser = (token: string) => Promise<ProvenUser>;

/** Proof by tokens of OpenID Connect issuers. @param claim whose value is the user's id */
export function createTokenProof(webIdentities: WebIdentities, claim: string): ProveUser {
  return async (token) => {
    const { claims } = await webIdentities.verify(token).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError(error.type, error.type === IdpCommunicationError.type ? 503 : 401, error.body);
    });
    const userId = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (typeof userId !== 'string') {
      throw UnusableUserId({ message: `The claim '${claim}' of the token is no string, so it cannot be a user id.` });
    }
    return provenUser(userId, claims['name']);
  };
}

export interface WebhookOptions {
  readonly url: string;
  /** What requests are signed with; undefined: they are not. */
  readonly secret: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Proof by asking the application: POST `{"token"}`, answered by 200 `{"userId","name"?}`, or 4xx when the token is no
 * good. With a secret, `x-parlor-signature: t=<seconds>,v1=<hex>` has the HMAC-SHA256 of `<seconds>.<body>`.
 */
export function createWebhookProof({ url, secret, clock }: WebhookOptions): ProveUser {
  return async (token) => {
    const body = JSON.stringify({ token });
    const headers = { 'content-type': 'application/json', ...(secret && signatureOf(secret, clock.now(), body)) };
    const response = await fetchBounded(url, { method: 'POST', headers, body }).catch(unavailable);
    if (response.status >= 400 && response.status < 500) throw Unauthorized({ message: 'The token is not accepted.' });
    if (response.status !== 200) return unavailable(new Error(`It answered ${response.status}.`));
    // The parser's own error quotes the answer, which may hold the token.
    const noJson = () => unavailable(new Error('It answered 200 with what is no JSON.'));
    const answer: unknown = await response.json().catch(noJson);
    const { userId, name } = (answer ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof userId !== 'string') return unavailable(new Error('It answered 200 without a userId.'));
    return provenUser(userId, name);
  };
}

function signatureOf(secret: string, now: number, body: string) {
  const seconds = Math.floor(now / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return { 'x-parlor-signature': `t=${seconds},v1=${mac}` };
}

/** The cause is for the log; whoever asks is told nothing of it. */
function unavailable(cause: unknown): never {
  const error = ProofUnavailable({ message: 'Tokens cannot be checked at the moment.' });
  error.cause = cause;
  throw error;
}

/** @throws UnusableUserId */
function provenUser(userId: string, name: unknown): ProvenUser {
  if (!USER_ID.test(userId)) {
    throw UnusableUserId({
      message:
        'The user id of the token cannot be that of an AppInstanceUser: it must have 1 to 64 letters, digits or :-_.@ ' +
        'and begin and end with a letter or digit.',
    });
  }
  return { userId, name: displayName(name) || userId };
}

/** What is left of a name without control characters and halves of characters, cut to the length that a name may have. */
function displayName(name: unknown): string {
  if (typeof name !== 'string') return '';
  const shown = name.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim();
  return [...shown].slice(0, NAME_MAX).join('').trim();
}
