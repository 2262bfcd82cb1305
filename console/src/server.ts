import { signal } from '@preact/signals';

/** What `GET /console/status` answers. */
export interface ServerStatus {
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  readonly address: string;
  readonly uptimeSeconds: number;
  readonly connections: number;
  readonly demo: boolean;
}

/** What `POST /demo/token` answers, as far as the page needs it. */
export interface DemoToken {
  readonly token: string;
  readonly userId: string;
}

export type Role = 'moderator' | 'viewer';

const POLL_MS = 2_000;

export const httpEndpoint = location.origin;
export const webSocketEndpoint = location.origin.replace(/^http/, 'ws');

/** Undefined until the first answer. */
export const serverStatus = signal<ServerStatus | undefined>(undefined);
/** Whether the last question for the status was answered. */
export const reachable = signal(true);

/** Keeps `serverStatus` fresh while the page is on screen. */
export async function watchStatus(): Promise<never> {
  for (;;) {
    if (document.visibilityState === 'visible') await refreshStatus();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function refreshStatus(): Promise<void> {
  try {
    const response = await fetch('/console/status', { signal: AbortSignal.timeout(POLL_MS) });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    serverStatus.value = (await response.json()) as ServerStatus;
    reachable.value = true;
  } catch {
    reachable.value = false;
  }
}

/** A fresh chat token for one of the two people of the demo. Rejects with the server's own words. */
export async function fetchDemoToken(role: Role): Promise<DemoToken> {
  const response = await fetch('/demo/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-parlor-demo': '1' },
    body: JSON.stringify({ as: role }),
    signal: AbortSignal.timeout(POLL_MS),
  }).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  const answer = (await response.json()) as DemoToken & { readonly message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
  return answer;
}
