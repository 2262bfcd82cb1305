/** Where clients are told to connect: bare, and never with the default port (spec/chime-messaging 2.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSocketHost } from '../../../src/chime/messaging/messaging-session.ts';

const socketHost = (endpoint: string | undefined, tlsPort?: number) =>
  createSocketHost({ endpoint, tlsPort: () => tlsPort });

test('the configured endpoint is the answer to everybody', () => {
  assert.equal(socketHost('chat.example.com', 8443)('localhost:8080', false), 'chat.example.com');
});

test('otherwise it is the host that was asked, with the port of TLS', () => {
  assert.equal(socketHost(undefined, 8443)('Localhost:8080', false), 'localhost:8443');
  assert.equal(socketHost(undefined, 8443)('[::1]:8080', false), '[::1]:8443');
  assert.equal(socketHost(undefined, 443)('chat.example.com:8080', false), 'chat.example.com');
});

test('a host that was asked over TLS serves WebSockets as well', () => {
  assert.equal(socketHost(undefined, 8443)('chat.example.com', true), 'chat.example.com');
  assert.equal(socketHost(undefined)('chat.example.com:443', true), 'chat.example.com');
  assert.equal(socketHost(undefined)('chat.example.com:9443', true), 'chat.example.com:9443');
});
