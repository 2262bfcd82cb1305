import type { HttpRequest, HttpResponse } from '../transport/ports.ts';

/**
 * Answers `GET /healthz` (200 as long as the process serves) and `GET /readyz` (503 while it should get no new
 * clients); undefined for anything else.
 */
export function createHealth(state: { ready(): boolean }): (request: HttpRequest) => HttpResponse | undefined {
  const answer = (status: number, word: string): HttpResponse => ({
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ status: word }),
  });
  return ({ method, target }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    if (target === '/healthz') return answer(200, 'ok');
    if (target === '/readyz') return state.ready() ? answer(200, 'ready') : answer(503, 'draining');
    return undefined;
  };
}
