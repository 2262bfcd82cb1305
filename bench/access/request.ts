/** A call as the AWS SDK for JavaScript v3 sends it, and the SDK's own signer over node's hash. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export const REGION = 'us-east-1';
export const SERVICE = 'chime';
export const ACCOUNT = '123456789012';
export const APP_INSTANCE = `arn:aws:chime:${REGION}:${ACCOUNT}:app-instance/11111111-2222-3333-4444-555555555555`;
export const USER = `${APP_INSTANCE}/user/alice`;
export const CREDENTIALS = {
  accessKeyId: 'AKIAPARLORBENCH00001',
  secretAccessKey: 'benchBENCHbenchBENCHbenchBENCHbenchBENCH',
};

const BODY = JSON.stringify({ AppInstanceArn: APP_INSTANCE, Name: 'general', ClientRequestToken: 'bench-1' });

const REQUEST = {
  method: 'POST',
  protocol: 'http:',
  hostname: 'localhost',
  port: 9180,
  path: '/channels',
  headers: {
    'content-type': 'application/json',
    'x-amz-chime-bearer': USER,
    host: 'localhost:9180',
    'content-length': String(Buffer.byteLength(BODY)),
    'x-amz-user-agent': 'aws-sdk-js/3.952.0',
    'user-agent': 'aws-sdk-js/3.952.0 ua/2.1 os/linux lang/js md/nodejs api/chime-sdk-messaging#3.952.0',
    'amz-sdk-invocation-id': '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9',
    'amz-sdk-request': 'attempt=1; max=3',
  },
  body: BODY,
};

type Data = string | ArrayBuffer | ArrayBufferView;

function bytes(data: Data): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** SHA-256 and its HMAC of node:crypto, as the signer wants them. */
class Sha256 {
  readonly #hash;

  constructor(key?: Data) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('A hash is made anew for everything that is signed.');
  }
}

const signer = new SignatureV4({ region: REGION, service: SERVICE, credentials: CREDENTIALS, sha256: Sha256 });

/** Signs the request with the time it is; the signer keeps its signing key. */
export function signRequest() {
  return signer.sign(REQUEST);
}
