/** Cross-origin access: browsers call the API directly (spec/chime-messaging 0.6). */
import type { HttpHandler, HttpResponse } from '../transport/ports.ts';

/** Where the headers below are not allowed, browsers send no signature; where they are not exposed, an SDK sees no error. */
const ALLOWED = {
  'access-control-allow-methods': 'GET,POST,PUT,DELETE',
  'access-control-allow-headers':
    'authorization,content-type,x-amz-date,x-amz-security-token,x-amz-content-sha256,x-amz-user-agent,' +
    'amz-sdk-invocation-id,amz-sdk-request,x-amz-chime-bearer',
  'access-control-max-age': '172800',
};
const EXPOSED = 'x-amzn-errortype,x-amzn-requestid,date';

export interface Cors {
  /** The same handler for pages of allowed origins too: answers preflights, adds the headers to every response. */
  allow(handle: HttpHandler): HttpHandler;
  /** Adds the headers to the answer to a page of that origin, or to somebody who names none. */
  add(response: HttpResponse, origin: string | undefined): HttpResponse;
}

/**
 * @param origins such as `https://chat.example.com`; `*`: any
 * @param credentials whether pages of origins that are named may ask with `credentials: 'include'`; `*` names none
 */
export function createCors(origins: readonly string[], { credentials = false } = {}): Cors {
  const any = origins.includes('*');
  const allowed = new Set(origins);

  function add(response: HttpResponse, origin: string | undefined): HttpResponse {
    const headers: Record<string, string> = { ...response.headers };
    if (!any) headers['vary'] = 'Origin';
    if (any || (origin !== undefined && allowed.has(origin))) {
      headers['access-control-allow-origin'] = any ? '*' : (origin ?? '');
      headers['access-control-expose-headers'] = EXPOSED;
      if (credentials && !any) headers['access-control-allow-credentials'] = 'true';
    }
    return { ...response, headers };
  }

  return {
    add,
    allow: (handle) => async (request) => {
      const { origin, 'access-control-request-method': asked } = request.headers;
      const from = typeof origin === 'string' ? origin : undefined;
      if (request.method !== 'OPTIONS' || asked === undefined) return add(await handle(request), from);
      const answer = add({ status: 204 }, from);
      const granted = answer.headers?.['access-control-allow-origin'] !== undefined;
      return granted ? { ...answer, headers: { ...answer.headers, ...ALLOWED } } : answer;
    },
  };
}
