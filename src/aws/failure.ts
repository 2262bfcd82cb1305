import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../transport/ports.ts';

const TYPES: Readonly<Record<number, string>> = {
  408: 'RequestTimeoutException',
  413: 'RequestEntityTooLargeException',
  431: 'RequestEntityTooLargeException',
  500: 'InternalFailure',
};

/** What a request is answered that never became one (spec/ivs-chat 3.2, common errors). */
export function failure(status: number): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': TYPES[status] ?? 'MalformedHttpRequestException',
      'x-amzn-requestid': randomUUID(),
    },
    body: JSON.stringify({
      message: status === 500 ? 'The server encountered an error.' : 'The request is malformed or too large.',
    }),
  };
}
