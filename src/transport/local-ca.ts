/** A certificate for development, issued by a CA that lives in the data directory. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { KeyPair, PairSource } from './certificate.ts';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const CERTIFICATE_DAYS = 90;
/** A certificate with less than this left is issued anew. */
const RENEW_DAYS = 30;

export interface LocalCaOptions {
  /** Where the CA and the certificate are kept; only the owner may read it. */
  readonly directory: string;
  /** Host names and IP addresses that the certificate is for. */
  readonly names: readonly string[];
  readonly clock: { now(): number };
}

/** The file whose certificate clients must trust. */
export function caFile(directory: string): string {
  return join(directory, 'tls-ca.pem');
}

/**
 * A pair for these names, issued by the directory's CA. Both are made when they are missing, damaged, for other names
 * or near their end: the certificate 30 days before, the CA as long before as a certificate lasts.
 */
export function localPair({ directory, names, clock }: LocalCaOptions): PairSource {
  const ca = { cert: caFile(directory), key: join(directory, 'tls-ca-key.pem') };
  const own = { cert: join(directory, 'tls-cert.pem'), key: join(directory, 'tls-key.pem') };
  let current: { pair: KeyPair; renewAtMs: number } | undefined;

  return async () => {
    const now = clock.now();
    if (current !== undefined && now < current.renewAtMs) return current.pair;
    let authority = await load(ca);
    if (authority === undefined || now >= endOf(authority) - CERTIFICATE_DAYS * DAY_MS) {
      authority = await keep(ca, await (await import('./issuer.ts')).issueCa(now, now + CA_DAYS * DAY_MS));
    }
    let pair = await load(own);
    if (pair === undefined || !serves(pair, authority, names) || now >= endOf(pair) - RENEW_DAYS * DAY_MS) {
      const { issueCertificate } = await import('./issuer.ts');
      pair = await keep(own, await issueCertificate(authority, names, now, now + CERTIFICATE_DAYS * DAY_MS));
    }
    current = { pair, renewAtMs: endOf(pair) - RENEW_DAYS * DAY_MS };
    return pair;
  };
}

interface Files {
  readonly cert: string;
  readonly key: string;
}

/** The pair in the files; undefined when it is not whole. */
async function load(files: Files): Promise<KeyPair | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined;
  } catch {
    return undefined; // missing or damaged: whoever asks makes it anew
  }
}

async function keep(files: Files, pair: KeyPair): Promise<KeyPair> {
  await replace(files.key, pair.key);
  await replace(files.cert, pair.cert);
  return pair;
}

async function replace(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function endOf({ cert }: KeyPair): number {
  return new X509Certificate(cert).validToDate.getTime();
}

/** Whether the CA stands behind the certificate, and it is for all the names. */
function serves({ cert }: KeyPair, authority: KeyPair, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert);
  if (!certificate.verify(new X509Certificate(authority.cert).publicKey)) return false;
  return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined);
}
