/** Certificates of the TLS listener: read from files, checked, and read again while the server runs. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../engine/ports.ts';

/** A certificate with its chain, and its private key: PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Where a listener's pair comes from. Asked again and again; rejects with CertificateError when it cannot be used. */
export type PairSource = () => Promise<KeyPair>;

/** A certificate or key cannot be used. The message is one line for a person. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const CHECK_EVERY_MS = 2000;

/** A pair kept by somebody else. @throws CertificateError naming the file and what is wrong with it */
export function pairInFiles(certFile: string, keyFile: string): PairSource {
  return async () => {
    const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
    const certificate = parse(certFile, 'a PEM certificate', () => new X509Certificate(cert));
    const privateKey = parse(keyFile, 'a PEM private key without a passphrase', () => createPrivateKey(key));
    if (!certificate.checkPrivateKey(privateKey)) {
      throw new CertificateError(
        `The key in ${keyFile} does not belong to the certificate in ${certFile}. ` +
          "The certificate's file must begin with the server's own certificate, its issuers behind it.",
      );
    }
    return { cert, key };
  };
}

export interface Following {
  readonly clock: Clock;
  /** The pair has changed. */
  use(pair: KeyPair): void;
  /** The pair cannot be used as it is now; said once, until something else is wrong with it. */
  report(error: unknown): void;
}

/** Asks the source every 2 seconds, until the returned function is called. */
export function followPair(source: PairSource, first: KeyPair, { clock, use, report }: Following): () => void {
  let current = first;
  let reported = '';
  let asking = false;
  async function ask(): Promise<void> {
    asking = true;
    try {
      const next = await source();
      reported = '';
      if (next.cert === current.cert && next.key === current.key) return;
      use(next);
      current = next;
    } catch (error) {
      if (String(error) !== reported) report(error);
      reported = String(error);
    } finally {
      asking = false;
    }
  }
  return clock.every(CHECK_EVERY_MS, () => {
    if (!asking) void ask();
  });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`${file} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

function parse<Value>(file: string, what: string, make: () => Value): Value {
  try {
    return make();
  } catch {
    throw new CertificateError(`${file} does not hold ${what}.`);
  }
}
