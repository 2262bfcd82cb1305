/** AWS Signature Version 4 for Parlor, with the headers that the AWS SDK for JavaScript v3 signs. */
import { createHash, createHmac, randomUUID } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RequestToSign {
  readonly method: 'GET' | 'POST';
  /** Its parts percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly input?: unknown;
  /** `x-amz-chime-bearer`. */
  readonly bearer?: string;
}

export interface Signer {
  /** Makes a whole HTTP/1.1 request, signed with the time it is made at. */
  request(request: RequestToSign): string;
  /** Makes the target of a GET whose query holds the signature, as `/connect` takes it. */
  presigned(path: string, parameters: Readonly<Record<string, string>>): string;
}

const REGION = 'us-east-1';
const AGENT = 'aws-sdk-js/3.952.0';
const PRESIGNED_SECONDS = 300;

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function queryText(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
}

/** @param port where the requests go @param service the signing name */
export function createSigner(port: number, credentials: Credentials, service: 'ivschat' | 'chime'): Signer {
  const host = `127.0.0.1:${port}`;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const scope = `${day}/${REGION}/${service}/aws4_request`;
  const key = [REGION, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));
  const credential = `${credentials.accessKeyId}/${scope}`;
  const timeNow = () => `${day}T${new Date().toISOString().slice(11, 19).replaceAll(':', '')}Z`;
  const signatureOf = (canonical: string, time: string) =>
    hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');

  return {
    request({ method, path, query = {}, input, bearer }) {
      const body = input === undefined ? '' : JSON.stringify(input);
      const time = timeNow();
      const signed = [
        `amz-sdk-invocation-id:${randomUUID()}`,
        'amz-sdk-request:attempt=1; max=3',
        ...(input === undefined ? [] : [`content-length:${Buffer.byteLength(body)}`, 'content-type:application/json']),
        `host:${host}`,
        ...(bearer === undefined ? [] : [`x-amz-chime-bearer:${bearer}`]),
        `x-amz-content-sha256:${sha256(body)}`,
        `x-amz-date:${time}`,
        `x-amz-user-agent:${AGENT}`,
      ];
      const names = signed.map((line) => line.slice(0, line.indexOf(':'))).join(';');
      const canonicalPath = path.replaceAll('%', '%25');
      const text = queryText(query);
      const canonical = `${method}\n${canonicalPath}\n${text}\n${signed.join('\n')}\n\n${names}\n${sha256(body)}`;
      const signature = signatureOf(canonical, time);
      const head = [
        `${method} ${path}${text && `?${text}`} HTTP/1.1`,
        ...signed.map((line) => line.replace(':', ': ')),
        `user-agent: ${AGENT} ua/2.1 os/linux lang/js md/nodejs api/${service}#3.952.0`,
        `authorization: AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
        'Connection: keep-alive',
      ];
      return `${head.join('\r\n')}\r\n\r\n${body}`;
    },

    presigned(path, parameters) {
      const time = timeNow();
      const query = queryText({
        ...parameters,
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': credential,
        'X-Amz-Date': time,
        'X-Amz-Expires': String(PRESIGNED_SECONDS),
        'X-Amz-SignedHeaders': 'host',
      });
      const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\n${sha256('')}`;
      return `${path}?${query}&X-Amz-Signature=${signatureOf(canonical, time)}`;
    },
  };
}
