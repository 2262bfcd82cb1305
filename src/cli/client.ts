/** Signed calls to a server over HTTP. */
import type { Operation } from '../aws/operation.ts';
import { readQueryReply, writeQuery } from '../aws/query-client.ts';
import type { Problem } from '../aws/shape.ts';
import { signRequest } from '../aws/sigv4.ts';
import { QUERY_VERSIONS } from '../operations.ts';
import type { ConnectionOptions } from './connection.ts';
import { findKeys, type Keys } from './credentials.ts';
import { CliError } from './errors.ts';

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8080';
const TIMEOUT_MS = 30_000;
const REPLY_BYTES = 16 << 20;
/** Answers that are about the keys or the region, so that it helps to know where these came from. */
const ABOUT_KEYS = [
  'AccessDenied',
  'AccessDeniedException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

/** An operation of any service. */
export type AnyOperation = Operation<unknown, unknown, never>;

export interface Client {
  readonly endpoint: URL;
  /** Signs the handshake of a WebSocket. @returns the headers to send besides `host` */
  signHandshake(url: URL, service: string): Readonly<Record<string, string>>;
  /**
   * Calls an operation once.
   * @returns the reply as it came, undefined when it has no body.
   * @throws ApiError when the server answers an error, UnreachableError when nobody answers, CliError otherwise.
   */
  send(operation: AnyOperation, input: object): Promise<unknown>;
  /** As `send`, with the reply read as the operation declares it. */
  call<In extends object, Out>(operation: Operation<In, Out, never>, input: NoInfer<In>): Promise<Out>;
}

/** What the server answered in place of a reply. */
export class ApiError extends CliError {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Nobody answered at the endpoint. */
export class UnreachableError extends CliError {
  override readonly name = 'UnreachableError';
}

/**
 * @param signal ends requests under way.
 * @throws CliError when the endpoint is no URL or there are no keys.
 */
export function createClient(options: ConnectionOptions, env: NodeJS.ProcessEnv, signal?: AbortSignal): Client {
  const endpoint = endpointOf(options.endpoint ?? (env['PARLOR_ENDPOINT'] || DEFAULT_ENDPOINT));
  const keys = findKeys(options, env);
  const sign = (url: URL, service: string, { method, headers: given, body = '' }: Omit<Request, 'target'>) => {
    const { host, ...headers } = signRequest(
      { method, target: url.pathname + url.search, headers: { ...given, host: url.host }, body },
      keys.credentials,
      { region: keys.region, service, now: Date.now() },
    );
    return headers;
  };
  const send: Client['send'] = async (operation, input) => {
    // Of all these services the prefix of the actions is the name that requests are signed with; of those that speak
    // the query protocol the rest is the operation's name.
    const [service = '', name = ''] = operation.action.split(':');
    const version = QUERY_VERSIONS[service];
    const request =
      version === undefined ? requestOf(operation, input) : queryRequestOf(version, name, operation, input);
    const { method, target, body } = request;
    const url = new URL(`${endpoint.pathname.replace(/\/$/, '')}${target}`, endpoint);
    const headers = sign(url, service, request);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await reach(endpoint, () =>
      fetch(url, {
        method,
        headers,
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        ...(body !== undefined && { body }),
      }),
    );
    const text = await reach(endpoint, () => readText(response));
    const xml = version === undefined ? undefined : readQueryReply(text, operation.output);
    const reply = xml ?? parse(text);
    if (!response.ok || (reply === undefined && text !== '')) throw errorOf(endpoint, keys, response, reply);
    return operation.output === undefined ? undefined : reply;
  };
  return {
    endpoint,
    signHandshake: (url, service) => sign(url, service, { method: 'GET', headers: {}, body: undefined }),
    send,
    async call(operation, input) {
      const reply = await send(operation, input);
      if (operation.output === undefined) return undefined as never; // which is what such an operation declares
      const problems: Problem[] = [];
      const output = operation.output.read(reply, '', problems);
      if (output !== undefined) return output;
      const [problem] = problems;
      throw new CliError(`${endpoint.origin} answers in an unknown way: ${problem?.name} ${problem?.message}.`);
    },
  };
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CliError(`The endpoint ${JSON.stringify(text)} must be a URL such as ${DEFAULT_ENDPOINT}.`);
  }
  return url;
}

interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Lays out the input in path, query, headers and body as the operation declares it. */
function requestOf({ http, input: shape }: AnyOperation, input: object): Request {
  const [method = '', route = ''] = http.split(' ');
  const [path = '', fixed] = route.split('?');
  const query = fixed === undefined ? [] : [fixed];
  const labels = new Map<string, string>();
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const body = given.filter(([name, value]) => {
    const location = shape.members[name]?.location;
    if (location?.in === 'path') labels.set(location.name, String(value));
    if (location?.in === 'header') headers[location.name] = String(value);
    if (location?.in === 'query') {
      for (const each of [value].flat()) query.push(`${location.name}=${encodeURIComponent(String(each))}`);
    }
    return location === undefined;
  });
  const filled = path.replace(/\{(\w+)\}/g, (_, label: string) => {
    const value = labels.get(label);
    if (!value) throw new CliError(`${label} is required: it is part of the path.`);
    return encodeURIComponent(value);
  });
  const hasBody = method !== 'GET' && (method !== 'DELETE' || body.length > 0);
  return {
    method,
    target: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
    headers,
    body: hasBody ? JSON.stringify(Object.fromEntries(body)) : undefined,
  };
}

function queryRequestOf(version: string, name: string, operation: AnyOperation, input: object): Request {
  return {
    method: 'POST',
    target: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: writeQuery(version, name, operation.input, input),
  };
}

/** Says what is wrong when the server cannot be reached. */
async function reach<T>(endpoint: URL, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof CliError || error.name === 'AbortError') throw error;
    const cause = error.cause instanceof Error ? error.cause : error;
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'ECONNREFUSED') {
      throw new UnreachableError(
        `No server answers at ${endpoint.origin}: start one with "parlor serve", or name another with --endpoint or PARLOR_ENDPOINT.`,
      );
    }
    const why = error.name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS / 1000} seconds` : cause.message;
    throw new UnreachableError(`${endpoint.origin} cannot be reached: ${why}.`);
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > REPLY_BYTES) throw new CliError(`The answer is longer than ${REPLY_BYTES >> 20} MiB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The JSON value of a reply; undefined when it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(endpoint: URL, keys: Keys, response: Response, reply: unknown): CliError {
  const { message, Message, __type }: Record<string, unknown> = typeof reply === 'object' ? { ...reply } : {};
  const type = (response.headers.get('x-amzn-errortype') ?? String(__type ?? '')).replace(/:.*|.*#/g, '');
  if (type === '') {
    return new ApiError(
      response.status,
      `${endpoint.origin} answers ${response.status} in a way that no Parlor server does: is it one?`,
    );
  }
  const hint = ABOUT_KEYS.includes(type) ? ` (Signed with ${keys.source}, for the region ${keys.region}.)` : '';
  return new ApiError(response.status, `${type}: ${message ?? Message ?? response.statusText}${hint}`);
}
