import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { caFile, localPair } from '../../../src/transport/local-ca.ts';
import { temporaryDirectory } from '../../wire/support/server.ts';

const DAY_MS = 86_400_000;
const NAMES = ['localhost', '127.0.0.1', '::1', 'box'];

/** A data directory and a clock, and what is served from the one at the other's time. */
function home() {
  const directory = temporaryDirectory();
  const clock = { ms: Date.parse('2030-01-01T00:00:00Z'), now: () => clock.ms };
  const open = (names = NAMES) => localPair({ directory: directory.path, names, clock });
  return { path: directory.path, clock, open, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

const certificateOf = ({ cert }: { cert: string }) => new X509Certificate(cert);

test('the certificate is issued by the CA, for every name, for 90 days', async () => {
  using place = home();
  const certificate = certificateOf(await place.open()());
  const ca = new X509Certificate(readFileSync(caFile(place.path)));
  assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  assert.ok(ca.ca && !certificate.ca);
  for (const name of ['localhost', 'box']) assert.equal(certificate.checkHost(name), name);
  for (const address of ['127.0.0.1', '::1']) assert.equal(certificate.checkIP(address), address);
  assert.equal(certificate.validToDate.toISOString(), '2030-04-01T00:00:00.000Z');
});

test('only the owner may read the files', async () => {
  using place = home();
  await place.open()();
  const files = readdirSync(place.path);
  assert.deepEqual(files.sort(), ['tls-ca-key.pem', 'tls-ca.pem', 'tls-cert.pem', 'tls-key.pem']);
  for (const file of files) assert.equal(statSync(join(place.path, file)).mode & 0o777, 0o600);
});

test('what is there is used again', async () => {
  using place = home();
  const first = await place.open()();
  assert.deepEqual(await place.open()(), first);
});

test('30 days before its end a certificate is renewed, by the same CA, while the server runs and at a start', async () => {
  using place = home();
  const source = place.open();
  const first = await source();
  place.clock.ms += 59 * DAY_MS;
  assert.equal(await source(), first);
  assert.deepEqual(await place.open()(), first);

  place.clock.ms += DAY_MS;
  const second = await source();
  assert.notEqual(second.cert, first.cert);
  assert.equal(certificateOf(second).issuer, certificateOf(first).issuer);
  assert.deepEqual(await place.open()(), second);
});

test('after an interruption of years both are made anew', async () => {
  using place = home();
  const first = certificateOf(await place.open()());
  place.clock.ms += 11 * 365 * DAY_MS;
  const second = certificateOf(await place.open()());
  assert.notEqual(second.issuer, first.issuer);
  assert.ok(second.validToDate.getTime() > place.clock.ms);
});

test('for another name the certificate is made anew, the CA stays', async () => {
  using place = home();
  const first = certificateOf(await place.open()());
  const second = certificateOf(await place.open([...NAMES, 'moved'])());
  assert.equal(second.issuer, first.issuer);
  assert.equal(second.checkHost('moved'), 'moved');
});

for (const [file, spoil] of [
  ['tls-ca.pem', (path: string) => unlinkSync(path)],
  ['tls-ca-key.pem', (path: string) => writeFileSync(path, 'damaged')],
  ['tls-cert.pem', (path: string) => writeFileSync(path, '')],
  ['tls-key.pem', (path: string) => unlinkSync(path)],
] as const) {
  test(`without a good ${file} a whole new chain is served`, async () => {
    using place = home();
    await place.open()();
    spoil(join(place.path, file));
    const certificate = certificateOf(await place.open()());
    assert.ok(certificate.verify(new X509Certificate(readFileSync(caFile(place.path))).publicKey));
  });
}
