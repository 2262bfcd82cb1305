/** Certificates that are given, replaced while the server runs, or wrong. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { issueCa, issueCertificate } from '../../../src/transport/issuer.ts';
import { eventually } from '../support/chat.ts';
import { Peer } from '../support/peer.ts';
import { startServer, temporaryDirectory } from '../support/server.ts';
import { trust } from '../support/trust.ts';
import { openVenue } from '../support/venue.ts';

const DAY_MS = 86_400_000;
const now = Date.now();
const ca = await issueCa(now, now + DAY_MS);
trust(ca.cert);
const [first, second] = [await issue(), await issue()];

function issue() {
  return issueCertificate(ca, ['localhost', '127.0.0.1'], now, now + DAY_MS);
}

/** Files with a certificate, which a test may overwrite. */
function pairFiles(directory: string, pair = first) {
  const files = { 'tls-cert': join(directory, 'cert.pem'), 'tls-key': join(directory, 'key.pem') };
  writeFileSync(files['tls-cert'], pair.cert);
  writeFileSync(files['tls-key'], pair.key);
  return files;
}

/** The serial number of what a new connection is shown; the connection is ended. */
async function shown(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'secureConnect');
  const serial = socket.getPeerX509Certificate()?.serialNumber;
  socket.destroy();
  return serial;
}

const serialOf = ({ cert }: { cert: string }) => new X509Certificate(cert).serialNumber;

test('a given certificate is served, on the port that was asked for', async () => {
  using directory = temporaryDirectory();
  await using server = await startServer({ tls: true, 'tls-port': '0', ...pairFiles(directory.path) });
  assert.equal(server.parlor.tls?.caFile, undefined);
  assert.equal(await shown(server.parlor.tls?.url ?? ''), serialOf(first));
});

test('when the files change, new connections get the new certificate and open ones stay', async () => {
  using directory = temporaryDirectory();
  const files = pairFiles(directory.path);
  await using venue = await openVenue({ flags: { tls: true, 'tls-port': '0', ...files } });
  const url = venue.server.parlor.tls?.url ?? '';
  using peer = await Peer.open(url, await venue.token({ userId: 'alice' }));

  pairFiles(directory.path, second);
  await eventually(async () => (await shown(url)) === serialOf(second));
  assert.equal((await peer.ask({ Action: 'SEND_MESSAGE', Content: 'still here' })).Content, 'still here');
  assert.match(venue.server.log.join(''), /The TLS certificate has changed/);
});

test('a new pair that does not fit is reported once and the old one stays, until one fits', async () => {
  using directory = temporaryDirectory();
  const files = pairFiles(directory.path);
  await using server = await startServer({ tls: true, 'tls-port': '0', ...files });
  const url = server.parlor.tls?.url ?? '';
  const reports = () => server.log.filter((line) => line.includes('the old one stays'));

  writeFileSync(files['tls-cert'], second.cert);
  await eventually(() => reports().length > 0);
  assert.match(reports()[0] ?? '', /does not belong to the certificate/);
  assert.equal(await shown(url), serialOf(first));

  writeFileSync(files['tls-key'], second.key);
  await eventually(async () => (await shown(url)) === serialOf(second));
  assert.equal(reports().length, 1);
});

for (const [what, spoil, message] of [
  [
    'a key of another certificate',
    (files: Files) => writeFileSync(files['tls-key'], second.key),
    /The key in .*key\.pem does not belong to the certificate in .*cert\.pem\./,
  ],
  [
    'a certificate that is none',
    (files: Files) => writeFileSync(files['tls-cert'], 'hello'),
    /cert\.pem does not hold a PEM certificate\./,
  ],
  [
    'a key that is none',
    (files: Files) => writeFileSync(files['tls-key'], 'hello'),
    /key\.pem does not hold a PEM private key/,
  ],
  [
    'a file that is not there',
    (files: Files) => Object.assign(files, { 'tls-key': `${files['tls-key']}.old` }),
    /key\.pem\.old cannot be read: ENOENT/,
  ],
] as const) {
  test(`${what} stops the start with one line`, async () => {
    using directory = temporaryDirectory();
    const files = pairFiles(directory.path);
    spoil(files);
    await assert.rejects(startServer({ tls: true, 'tls-port': '0', ...files }), { name: 'CertificateError', message });
  });
}

test('a port that was asked for and is taken stops the start', async () => {
  await using taken = await takePort();
  await assert.rejects(startServer({ tls: true, 'tls-port': taken.port }), { code: 'EADDRINUSE' });
});

type Files = ReturnType<typeof pairFiles>;

async function takePort(): Promise<AsyncDisposable & { readonly port: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: String(address.port),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
