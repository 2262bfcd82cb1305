import type { HttpResponse } from '../transport/ports.ts';

/** A reply of the console's own API; nothing keeps it. */
export function json(status: number, value: object): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify(value),
  };
}

export function methodNotAllowed(allow: string): HttpResponse {
  const { headers, ...rest } = json(405, { message: `Use ${allow} here.` });
  return { ...rest, headers: { ...headers, allow } };
}
