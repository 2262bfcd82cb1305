/** Every AWS request goes through one list of steps; handlers are reached in no other way. */
import type { HttpHandler, HttpRequest, HttpResponse } from '../transport/ports.ts';
import { AwsError, accessDenied, InternalServer, UnknownOperation } from './errors.ts';
import type { Call, Service } from './operation.ts';
import type { Authorize, Principal, Principals } from './ports.ts';
import type { Identified, Protocol } from './protocol.ts';
import { createQueryProtocol } from './query-protocol.ts';
import { createRestJson } from './rest-json.ts';
import type { Problem } from './shape.ts';
import { createVerifier } from './sigv4.ts';

/** Where a request failed. */
export type Stage = 'identify' | 'authenticate' | 'validate' | 'authorise' | 'throttle' | 'handle' | 'serialise';

/** What became of a request; for metrics and the audit. */
export interface Outcome {
  readonly requestId: string;
  /** The service's and operation's names; undefined for requests that are none's. */
  readonly service: string | undefined;
  readonly operation: string | undefined;
  /** The IAM action of the operation. */
  readonly action: string | undefined;
  /** ARN of who made it; undefined until authenticated. */
  readonly principal: string | undefined;
  /** The access key that the request names, whether or not its signature is right. */
  readonly accessKeyId: string | undefined;
  /** The ARNs that access was decided on; none when it did not come to that. */
  readonly resources: readonly string[];
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
  readonly protocol: Protocol;
  stage: Stage;
  match: Identified | undefined;
  principal: Principal | undefined;
  resources: readonly string[];
}

/** Who makes a request that nobody has signed. */
const ANONYMOUS: Principal = { type: 'Anonymous', arn: 'anonymous', accountId: '', id: 'anonymous' };

/** Answers all requests: one that is no operation's with UnknownOperationException. Never rejects. */
export function createAwsHandler(options: AwsHandlerOptions): HttpHandler {
  const { clock, newRequestId, observe, report, services, pathPrefix } = options;
  const query = createQueryProtocol(
    services.filter((service) => service.query !== undefined),
    pathPrefix,
  );
  const restJson = createRestJson(
    services.filter((service) => service.query === undefined),
    pathPrefix,
  );
  const { verify } = createVerifier({ ...options, now: () => clock.now() });

  async function answer(request: HttpRequest, progress: Progress): Promise<HttpResponse> {
    const { requestId } = progress;

    progress.stage = 'identify';
    const match = progress.protocol.identify(request);
    if (!match) throw UnknownOperation({ message: 'No operation has this method and path.' });
    progress.match = match;
    const { service, operation } = match;

    progress.stage = 'authenticate';
    const signed = operation.admits !== 'anybody';
    const principal = signed ? await verify(request, service.signingName, service.global) : ANONYMOUS;
    if (signed) progress.principal = principal;

    progress.stage = 'validate';
    const problems: Problem[] = [];
    const input = match.readInput(problems);
    if (problems.length > 0) throw service.invalid(problems);

    progress.stage = 'authorise';
    const access = {
      sourceIp: request.address,
      time: clock.now(),
      secureTransport: request.secure ?? false,
      region: service.scope.region || options.region,
    };
    const { host = '' } = request.headers;
    const call = { ...service.context, input, scope: service.scope, principal, requestId, access, host: String(host) };
    progress.resources = [await operation.resource(call)].flat();
    if (!operation.admits) await requireAccess(options, { ...match, resources: progress.resources }, call);

    // Who may not do it uses up nobody's rate.
    progress.stage = 'throttle';
    service.throttle(match.name, input);

    progress.stage = 'handle';
    const output = await operation.handle(call);

    progress.stage = 'serialise';
    return match.reply(requestId, output);
  }

  function failed(error: unknown, progress: Progress): HttpResponse & { readonly error: string } {
    const { requestId, stage, match, protocol } = progress;
    let answered: AwsError;
    if (error instanceof AwsError) {
      answered = error;
    } else {
      report({ error, stage, requestId, operation: match?.name });
      answered = match?.service.internal() ?? InternalServer({ message: 'The server encountered an error.' });
    }
    return { ...protocol.fail(requestId, answered, match?.service), error: answered.type };
  }

  return async (request) => {
    const startedMs = clock.monotonic();
    const progress: Progress = {
      requestId: newRequestId(),
      protocol: query.speaks(request) ? query : restJson,
      stage: 'identify',
      match: undefined,
      principal: undefined,
      resources: [],
    };
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
      action: progress.match?.operation.action,
      principal: progress.principal?.arn,
      accessKeyId: accessKeyIdOf(request),
      resources: progress.resources,
      address: request.address,
      status: response.status,
      error,
      elapsedMs: clock.monotonic() - startedMs,
    });
    return response;
  };
}

/** The access key id of the signature, in a header or in the query. */
function accessKeyIdOf({ headers, target }: HttpRequest): string | undefined {
  return /\bCredential=(\w{16,128})(?:\/|%2F)/i.exec(headers['authorization']?.toString() ?? target)?.[1];
}

/** @throws AccessDeniedException that names action, resource and reason. */
async function requireAccess(
  { authorize }: AwsHandlerOptions,
  { service, operation, resources }: Identified & { readonly resources: readonly string[] },
  call: Call<unknown>,
): Promise<void> {
  const { principal } = call;
  const requestTags = operation.requestTags?.(call.input);
  const conditions = await operation.conditions?.(call);
  const context = { ...call.access, ...(requestTags && { requestTags }), ...(conditions && { conditions }) };
  const resourceTags = service.resourceTags && ((resource: string) => service.resourceTags?.(resource));
  const needed = [operation.action, ...(operation.alsoNeeds?.(call.input, service.scope) ?? [])];
  if (operation.tagAction !== undefined && Object.keys(requestTags ?? {}).length > 0) needed.push(operation.tagAction);
  for (const need of needed) {
    const { action, on } =
      typeof need === 'string' ? { action: need, on: resources } : { action: need.action, on: [need.resource] };
    const {
      allowed,
      resource = on[0],
      reason,
    } = await authorize({
      principal,
      action,
      resources: on,
      context,
      ...(resourceTags && { resourceTags }),
    });
    if (!allowed) throw (service.denied ?? accessDenied)(principal.arn, action, resource, reason);
  }
}
