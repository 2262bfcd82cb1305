import { computed, signal } from '@preact/signals';
import type { Credentials } from './messaging/sigv4.ts';

/** What `GET /console/status` answers. */
export interface ServerStatus {
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  readonly address: string;
  readonly uptimeSeconds: number;
  readonly connections: number;
  readonly pathPrefix: string;
  readonly tls?: { readonly port: number; readonly localCa: boolean };
  readonly demo: boolean;
}

/** What `POST /demo/token` answers, as far as the page needs it. */
export interface DemoToken {
  readonly token: string;
  readonly userId: string;
}

export type Role = 'moderator' | 'viewer';

/** What `POST /demo/credentials` answers. */
export interface LentCredentials {
  readonly AppInstanceArn: string;
  readonly AppInstanceUserArn: string;
  readonly Name: string;
  readonly Credentials: Credentials;
}

export type DemoPerson = 'alice' | 'bob' | 'carol';

const POLL_MS = 2_000;
/** The first time the demo is asked for anything, it has to be made. */
const ASK_TIMEOUT_MS = 10_000;

export const webSocketEndpoint = location.origin.replace(/^http/, 'ws');

/** Undefined until the first answer. */
export const serverStatus = signal<ServerStatus | undefined>(undefined);
/** Whether the last question for the status was answered. */
export const reachable = signal(true);

const pathPrefix = computed(() => serverStatus.value?.pathPrefix ?? '');

export const httpEndpoint = computed(() => location.origin + pathPrefix.value);
/** This page's own origin where it came over TLS, else the TLS listener beside it; undefined: there is none. */
export const tlsOrigin = computed(() => {
  if (location.protocol === 'https:') return location.origin;
  const tls = serverStatus.value?.tls;
  return tls && `https://${location.hostname}:${tls.port}`;
});
export const tlsEndpoint = computed(() => tlsOrigin.value && tlsOrigin.value + pathPrefix.value);

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
export function fetchDemoToken(as: Role): Promise<DemoToken> {
  return askDemo('/demo/token', as);
}

/** Credentials for one of the three people of the demo. Rejects with the server's own words. */
export function fetchDemoCredentials(as: DemoPerson): Promise<LentCredentials> {
  return askDemo('/demo/credentials', as);
}

async function askDemo<Answer>(path: string, as: string): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-parlor-demo': '1' },
    body: JSON.stringify({ as }),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  }).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  const answer = (await response.json()) as Answer & { readonly message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
  return answer;
}
