/** Requests to Chime SDK messaging, as its clients make them. */
import { randomUUID } from 'node:crypto';
import type { Signer } from './sigv4.ts';

/** The target at which a user connects. */
export function connectTarget(signer: Signer, userArn: string, prefetch: 'prefetch' | 'plain' = 'plain'): string {
  return signer.presigned('/connect', {
    ...(prefetch === 'prefetch' && { 'prefetch-on': 'connect' }),
    'X-Amzn-Version': '3.32.0',
    sessionId: randomUUID(),
    userArn,
  });
}

/** SendChannelMessage of a standard, persistent message. */
export function sendRequest(signer: Signer, channelArn: string, bearer: string, content: string): string {
  return signer.request({
    method: 'POST',
    path: `/channels/${encodeURIComponent(channelArn)}/messages`,
    input: { Content: content, Type: 'STANDARD', Persistence: 'PERSISTENT', ClientRequestToken: randomUUID() },
    bearer,
  });
}

/** ListChannelMessages, newest first. */
export function listRequest(
  signer: Signer,
  channelArn: string,
  bearer: string,
  query: Readonly<Record<string, string>>,
): string {
  return signer.request({ method: 'GET', path: `/channels/${encodeURIComponent(channelArn)}/messages`, query, bearer });
}
