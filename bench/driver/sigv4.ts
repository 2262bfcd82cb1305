/** AWS Signature Version 4 for Parlor's control plane, with the headers the AWS SDK for JavaScript v3 signs. */
import { createHash, createHmac, randomUUID } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const REGION = 'us-east-1';
const SIGNED =
  'amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-user-agent';
const AGENT = 'aws-sdk-js/3.952.0';

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Makes whole HTTP/1.1 requests to one server, each signed with the time it is made at. */
export function createSigner(port: number, credentials: Credentials): (operation: string, input: unknown) => string {
  const host = `127.0.0.1:${port}`;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const scope = `${day}/${REGION}/ivschat/aws4_request`;
  const key = [REGION, 'ivschat', 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));

  return (operation, input) => {
    const body = JSON.stringify(input);
    const time = `${day}T${new Date().toISOString().slice(11, 19).replaceAll(':', '')}Z`;
    const signed = [
      `amz-sdk-invocation-id:${randomUUID()}`,
      'amz-sdk-request:attempt=1; max=3',
      `content-length:${Buffer.byteLength(body)}`,
      'content-type:application/json',
      `host:${host}`,
      `x-amz-content-sha256:${sha256(body)}`,
      `x-amz-date:${time}`,
      `x-amz-user-agent:${AGENT}`,
    ];
    const canonical = `POST\n/${operation}\n\n${signed.join('\n')}\n\n${SIGNED}\n${sha256(body)}`;
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}`;
    const head = [
      `POST /${operation} HTTP/1.1`,
      ...signed.map((line) => line.replace(':', ': ')),
      `user-agent: ${AGENT} ua/2.1 os/linux lang/js md/nodejs api/ivschat#3.952.0`,
      `authorization: ${authorization}`,
      'Connection: keep-alive',
    ];
    return `${head.join('\r\n')}\r\n\r\n${body}`;
  };
}
