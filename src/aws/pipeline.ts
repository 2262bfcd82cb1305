/** Every AWS request goes through one list of steps; handlers are reached in no other way. */
import { isUtf8 } from 'node:buffer';
import type { HttpHandler, HttpRequest, HttpResponse } from '../transport/ports.ts';
import { AccessDenied, AwsError, InternalServer, UnknownOperation } from './errors.ts';
import type { Service } from './operation.ts';
import type { Authorize, Principal, Principals } from './ports.ts';
import { createRouter, type Match } from './router.ts';
import { type Location, type Problem, readInput, type Sources } from './shape.ts';
import { createVerifier } from './sigv4.ts';

/** Where a request failed. */
export type Stage = 'identify' | 'authenticate' | 'throttle' | 'validate' | 'authorise' | 'handle' | 'serialise';

/** What became of a request; for metrics and the audit. */
export interface Outcome {
  readonly requestId: string;
  /** The service's and operation's names; undefined for requests that are none's. */
  readonly service: string | undefined;
  readonly operation: string | undefined;
  /** ARN of who made it; undefined until authenticated. */
  readonly principal: string | undefined;
  /** The peer's address. */
  readonly address: string;
  readonly status: number;
  /** The error's type, for example `ThrottlingException`; undefined on success. */
  readonly error: string | undefined;
  readonly elapsedMs: number;
}

/** A failure inside, which its caller knows nothing of. */
export interface Failure {
  readonly error: unknown;
  readonly stage: Stage;
  readonly requestId: string;
  readonly operation: string | undefined;
}

export interface AwsHandlerOptions {
  readonly services: readonly Service[];
  /** Signatures must be scoped to it. */
  readonly region: string;
  /** Cut off every path before it is routed: `''` or `/some/prefix`. */
  readonly pathPrefix?: string;
  readonly principals: Principals;
  readonly authorize: Authorize;
  readonly clock: { now(): number; monotonic(): number };
  /** Makes the id that goes into `x-amzn-RequestId`: a UUID. */
  newRequestId(): string;
  observe(outcome: Outcome): void;
  report(failure: Failure): void;
}

/** What is known of a request so far. */
interface Progress {
  readonly requestId: string;
  stage: Stage;
  match: Match | undefined;
  principal: Principal | undefined;
}

/** Answers all requests: one that is no operation's with UnknownOperationException. Never rejects. */
export function createAwsHandler(options: AwsHandlerOptions): HttpHandler {
  const { authorize, clock, newRequestId, observe, report } = options;
  const router = createRouter(options.services, options.pathPrefix);
  const { verify } = createVerifier({ ...options, now: clock.now });

  async function answer(request: HttpRequest, progress: Progress): Promise<HttpResponse> {
    const { requestId } = progress;

    progress.stage = 'identify';
    const match = router.find(request.method, request.target);
    if (!match) throw UnknownOperation({ message: 'No operation has this method and path.' });
    progress.match = match;
    const { service, operation } = match;

    progress.stage = 'authenticate';
    const principal = await verify(request, service.signingName);
    progress.principal = principal;

    progress.stage = 'throttle';
    service.throttle(match.name);

    progress.stage = 'validate';
    const problems: Problem[] = [];
    const input = readInput(operation.input, sourcesOf(request, match, problems), problems);
    if (problems.length > 0) throw service.invalid(problems);

    progress.stage = 'authorise';
    const call = { input, scope: service.scope, principal, requestId };
    const resources = [operation.resource(call)].flat();
    const context = { sourceIp: request.address, time: clock.now() };
    const { action } = operation;
    const decision = await authorize({ principal, action, resources, context });
    if (!decision.allowed) throw denied(principal, action, decision.resource ?? resources[0]);

    progress.stage = 'handle';
    const output = await operation.handle({ ...service.context, ...call });

    progress.stage = 'serialise';
    return jsonResponse(match.status, requestId, output);
  }

  function failed(error: unknown, { requestId, stage, match }: Progress): HttpResponse & { readonly error: string } {
    let answered: AwsError;
    if (error instanceof AwsError) {
      answered = error;
    } else {
      report({ error, stage, requestId, operation: match?.name });
      answered = match?.service.internal() ?? InternalServer({ message: 'The server encountered an error.' });
    }
    return { ...jsonResponse(answered.status, requestId, answered.body, answered.type), error: answered.type };
  }

  return async (request) => {
    const startedMs = clock.monotonic();
    const progress: Progress = { requestId: newRequestId(), stage: 'identify', match: undefined, principal: undefined };
    let error: string | undefined;
    let response: HttpResponse;
    try {
      response = await answer(request, progress);
    } catch (thrown) {
      ({ error, ...response } = failed(thrown, progress));
    }
    observe({
      requestId: progress.requestId,
      service: progress.match?.service.name,
      operation: progress.match?.name,
      principal: progress.principal?.arn,
      address: request.address,
      status: response.status,
      error,
      elapsedMs: clock.monotonic() - startedMs,
    });
    return response;
  };
}

/** Where the input's members are found. A body that is not JSON adds to `problems`. */
function sourcesOf({ body, headers }: HttpRequest, match: Match, problems: Problem[]): Sources {
  return {
    body: parseBody(body, problems),
    parameter({ in: place, name }: Location) {
      if (place === 'query') return match.queryParameter(name);
      const text = place === 'path' ? match.pathParameter(name) : headers[name];
      return text === undefined ? [] : [text].flat();
    },
  };
}

function parseBody(body: Buffer, problems: Problem[]): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) {
    problems.push({ name: 'body', message: 'must be UTF-8' });
    return undefined;
  }
  try {
    return JSON.parse(body.toString());
  } catch {
    problems.push({ name: 'body', message: 'must be JSON' });
    return undefined;
  }
}

function denied({ arn }: Principal, action: string, resource: string | undefined): AwsError {
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  return AccessDenied({ message: `User: ${arn} is not authorized to perform: ${action}${on}` });
}

function jsonResponse(status: number, requestId: string, body: unknown, error?: string): HttpResponse {
  const headers: Record<string, string> = { 'x-amzn-RequestId': requestId };
  if (error !== undefined) headers['x-amzn-ErrorType'] = error;
  if (body === undefined) return { status, headers };
  headers['content-type'] = 'application/json';
  return { status, headers, body: JSON.stringify(body) };
}
