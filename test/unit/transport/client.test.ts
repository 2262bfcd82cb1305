import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { createClientOf } from '../../../src/transport/client.ts';

/** A request from that peer. */
function request(peer: string, headers: IncomingHttpHeaders): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  return Object.assign(new IncomingMessage(socket), { headers });
}

function addressOf(trusted: string[], peer: string, forwarded?: string): string {
  return createClientOf(trusted)(request(peer, { 'x-forwarded-for': forwarded }), false).address;
}

const PROXIES = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'];

test('without trusted proxies the client is the peer, whatever it says', () => {
  assert.equal(addressOf([], '203.0.113.5', '198.51.100.1'), '203.0.113.5');
  assert.equal(addressOf(PROXIES, '203.0.113.5', '198.51.100.1'), '203.0.113.5');
});

test('a trusted peer is believed: the rightmost address that is not trusted counts', () => {
  assert.equal(addressOf(PROXIES, '10.1.2.3', '198.51.100.1'), '198.51.100.1');
  assert.equal(addressOf(PROXIES, '192.0.2.1', '1.1.1.1, 198.51.100.1, 10.9.9.9'), '198.51.100.1');
  assert.equal(addressOf(PROXIES, '2001:db8::7', '2606:4700::1,2001:db8::8'), '2606:4700::1');
});

test('where all are trusted the client is the leftmost, and the peer where none is named', () => {
  assert.equal(addressOf(PROXIES, '10.1.2.3', '10.0.0.1, 10.0.0.2'), '10.0.0.1');
  assert.equal(addressOf(PROXIES, '10.1.2.3'), '10.1.2.3');
});

test('what is no address ends the search', () => {
  assert.equal(addressOf(PROXIES, '10.1.2.3', '198.51.100.1, unknown, 10.0.0.2'), '10.0.0.2');
  assert.equal(addressOf(PROXIES, '10.1.2.3', '<script>'), '10.1.2.3');
});

test('ports are left out, and IPv4 in IPv6 is IPv4', () => {
  assert.equal(addressOf(PROXIES, '::ffff:10.1.2.3', '198.51.100.1:4711'), '198.51.100.1');
  assert.equal(addressOf(PROXIES, '10.1.2.3', '[2606:4700::1]:4711'), '2606:4700::1');
  assert.equal(addressOf(PROXIES, '10.1.2.3', '::ffff:198.51.100.1'), '198.51.100.1');
  assert.equal(addressOf([], '::ffff:203.0.113.5'), '203.0.113.5');
});

test('a trusted peer says whether the client came over TLS', () => {
  const secure = (peer: string, proto: string, own = false) =>
    createClientOf(PROXIES)(request(peer, { 'x-forwarded-proto': proto }), own).secure;
  assert.equal(secure('10.1.2.3', 'https'), true);
  assert.equal(secure('10.1.2.3', 'https, http'), false);
  assert.equal(secure('203.0.113.5', 'https'), false);
  assert.equal(secure('203.0.113.5', 'http', true), true);
});
