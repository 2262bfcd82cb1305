/** Users of Chime SDK messaging, and `/connect` as `amazon-chime-sdk-js` asks for it (spec/chime-messaging 2.2, 2.3). */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

const APP_INSTANCE = 'arn:aws:chime:us-east-1:000000000000:app-instance/11111111-2222-3333-4444-555555555555';

export function userArn(userId: string): string {
  return `${APP_INSTANCE}/user/${userId}`;
}

export interface ConnectCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Replace or add to what the client sends; undefined leaves a parameter out. */
export type ConnectParameters = Readonly<Record<string, string | undefined>>;

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The presigned URL. @param url of the server */
export function connectUrl(url: string, credentials: ConnectCredentials, parameters: ConnectParameters): string {
  const { protocol, host } = new URL(url);
  const date = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${date.slice(0, 8)}/us-east-1/chime/aws4_request`;
  const all: ConnectParameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '10',
    'X-Amz-Security-Token': credentials.sessionToken,
    'X-Amz-SignedHeaders': 'host',
    'X-Amzn-Version': '3.32.0',
    sessionId: '3735928559',
    ...parameters,
  };
  const query = Object.entries(all)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .sort()
    .join('&');
  const canonical = `GET\n/connect\n${query}\nhost:${host}\n\nhost\n${sha256('')}`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex');
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/connect?${query}&X-Amz-Signature=${signature}`;
}

/** Connects and gives the first thing that is heard: a frame, or the code of the close. The socket stays open. */
export async function connect(url: string, ca?: Buffer): Promise<{ socket: WebSocket; first: string | number }> {
  const socket = new WebSocket(url, [], ca === undefined ? {} : { ca });
  const first = await Promise.race([
    once(socket, 'message').then(([data]) => String(data)),
    once(socket, 'close').then(([code]) => Number(code)),
  ]);
  return { socket, first };
}
