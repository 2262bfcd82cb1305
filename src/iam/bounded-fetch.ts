const MAXIMUM_BYTES = 256 << 10;

/** How long an answer may take, its body included. */
export const FETCH_TIMEOUT_MS = 5000;

/**
 * Fetches what is small, comes soon and stands where it was said to stand: no redirects.
 * @param options may bring a signal of their own in place of the timeout
 * @throws Error when there is no such answer
 */
export async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const signal = options.signal ?? AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const response = await fetch(url, { ...options, signal, redirect: 'error' });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAXIMUM_BYTES) throw tooLarge(url);
    parts.push(part);
  }
  // An answer that may not have a body is not given an empty one either.
  const body = parts.length === 0 ? null : Buffer.concat(parts);
  return new Response(body, { status: response.status, headers: response.headers });
}

/** Without path and query, which may be secret. */
function tooLarge(url: string): Error {
  return new Error(`The answer of ${new URL(url).origin} is larger than ${MAXIMUM_BYTES} bytes.`);
}
