/** The protocol that AWS calls rest-json: an operation has its own method and path, bodies are JSON (spec/ivs-chat 3.1). */
import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';
import type { Service } from './operation.ts';
import type { Protocol } from './protocol.ts';
import { createRouter, type Match } from './router.ts';
import { type Location, type Problem, readInput, type Sources } from './shape.ts';

/** @param pathPrefix cut off every path before it is routed: `''` or `/some/prefix` */
export function createRestJson(services: readonly Service[], pathPrefix?: string): Protocol {
  const router = createRouter(services, pathPrefix);
  return {
    identify(request) {
      const match = router.find(request.method, request.target);
      if (!match) return undefined;
      const { service, name, operation, status } = match;
      return {
        service,
        name,
        operation,
        readInput: (problems) => readInput(operation.input, sourcesOf(request, match, problems), problems),
        reply: (requestId, output) => jsonResponse(status, requestId, output),
      };
    },
    fail: (requestId, { status, body, type }) => jsonResponse(status, requestId, body, type),
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

function jsonResponse(status: number, requestId: string, body: unknown, error?: string): HttpResponse {
  const headers: Record<string, string> = { 'x-amzn-RequestId': requestId };
  if (error !== undefined) headers['x-amzn-ErrorType'] = error;
  if (body === undefined) return { status, headers };
  headers['content-type'] = 'application/json';
  return { status, headers, body: JSON.stringify(body) };
}
