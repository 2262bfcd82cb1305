/** What the two demos of the web console are given to begin with: chat tokens, and credentials. */
import { TokenBucket } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';
import { json, methodNotAllowed } from './replies.ts';

/** The two people of the demo of IVS Chat: one with every capability, one with SEND_MESSAGE alone. */
const ROLES = ['moderator', 'viewer'] as const;
export type DemoRole = (typeof ROLES)[number];

/** The three people of the demo of Chime SDK messaging. */
const PEOPLE = ['alice', 'bob', 'carol'] as const;
export type DemoPerson = (typeof PEOPLE)[number];

export interface DemoToken {
  readonly token: string;
  readonly userId: string;
  /** ARN of the demo's room. */
  readonly room: string;
  /** RFC 3339, as CreateChatToken gives it. */
  readonly sessionExpirationTime: string;
  /** RFC 3339, as CreateChatToken gives it. */
  readonly tokenExpirationTime: string;
}

export interface Demo {
  /** Makes a chat token for one of the two people, in the demo's room. */
  mint(as: DemoRole): DemoToken | Promise<DemoToken>;
  /** Makes credentials that can act as one of the three people. @returns what the page is to have, as JSON */
  lend(as: DemoPerson): object | Promise<object>;
  /** Whether the server listens on loopback alone; then only a loopback `Host` is given anything. */
  readonly loopback: boolean;
}

const PER_SECOND = 20;
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Answers `POST /demo/token` and `POST /demo/credentials` with what the demo makes for whom the body names; `undefined`
 * for all other paths.
 *
 * A page on another site must not be able to obtain any of it, neither by a cross-site request nor by pointing a name
 * of its own at this address (DNS rebinding). So a loopback `Host` is demanded, an `Origin` equal to it, and the header
 * `X-Parlor-Demo: 1`. On a listener that others can reach, any `Host` equal to the `Origin` will do: there, whoever can
 * open the page may chat.
 * @param demo undefined: it is switched off
 */
export function createDemoDesk(demo: Demo | undefined, clock: Pick<Clock, 'monotonic'>) {
  const bucket = new TokenBucket(PER_SECOND, clock);

  async function answer<As extends string>(
    request: HttpRequest,
    known: readonly As[],
    make: (demo: Demo, as: As) => object | Promise<object>,
  ): Promise<HttpResponse> {
    if (request.method !== 'POST') return methodNotAllowed('POST');
    if (demo === undefined) {
      return json(404, { message: 'The demo is off. Start the server with --demo to switch it on.' });
    }
    const refusal = refuse(request, demo.loopback);
    if (refusal !== undefined) return json(403, { message: refusal });
    const asked = decode(request.body);
    const as = known.find((each) => each === asked);
    if (as === undefined) {
      const bodies = known.map((each) => JSON.stringify({ as: each }));
      return json(400, { message: `The body must be ${bodies.join(' or ')}.` });
    }
    if (!bucket.take()) {
      return json(429, { message: `The demo is asked at most ${PER_SECOND} times a second. Try again shortly.` });
    }
    return json(200, await make(demo, as));
  }

  return (request: HttpRequest, path: string): Promise<HttpResponse> | undefined => {
    if (path === '/demo/token') return answer(request, ROLES, (each, as) => each.mint(as));
    if (path === '/demo/credentials') return answer(request, PEOPLE, (each, as) => each.lend(as));
    return undefined;
  };
}

/** Why the request may not have anything; undefined when it may. */
function refuse({ headers }: HttpRequest, loopback: boolean): string | undefined {
  const { host, origin } = headers;
  if (typeof host !== 'string' || host === '') return 'Host: the header is missing.';
  if (loopback && !LOOPBACK_HOST.test(host)) {
    return 'Host: the demo is open to this machine alone. Use localhost, 127.0.0.1 or [::1] as the address.';
  }
  // Either scheme: TLS may end in front of the server.
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    return "Origin: this server's own page alone is answered; the header must name the address in Host.";
  }
  if (headers['x-parlor-demo'] !== '1') return 'X-Parlor-Demo: the header must be 1.';
  return undefined;
}

/** Whom the body asks for. */
function decode(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && 'as' in value ? value.as : undefined;
}
