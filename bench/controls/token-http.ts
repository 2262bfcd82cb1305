/**
 * Control: the least work behind a CreateChatToken. A bare node:http server reads the body, does one SHA-256, one HMAC
 * and one AES-256-GCM, and answers as many bytes as Parlor does. Nothing is checked.
 * Argument: the length of the token.
 */
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { announce } from './announce.ts';

const tokenLength = Number(process.argv[2]);
const signingKey = randomBytes(32);
const sealingKey = randomBytes(32);

function answer(body: Buffer): string {
  const hash = createHash('sha256').update(body).digest('hex');
  const signature = createHmac('sha256', signingKey).update(hash).digest('hex');
  const cipher = createCipheriv('aes-256-gcm', sealingKey, randomBytes(12));
  const sealed = Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  const token = (sealed.toString('base64url') + signature).slice(0, tokenLength).padEnd(tokenLength, '.');
  const now = Date.now();
  return JSON.stringify({
    token,
    tokenExpirationTime: new Date(now + 60_000).toISOString(),
    sessionExpirationTime: new Date(now + 3_600_000).toISOString(),
  });
}

const http = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = answer(Buffer.concat(chunks));
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
announce(http, 'node:http');
