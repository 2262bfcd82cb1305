import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Given, loadConfig } from '../../src/config.ts';

const load = (flags: Record<string, Given> = {}, env: NodeJS.ProcessEnv = {}) =>
  loadConfig(new Map(Object.entries(flags)), env);
const FILES = { 'tls-cert': 'cert.pem', 'tls-key': 'key.pem' };

test('on loopback there is TLS on 8443, for convenience', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    assert.deepEqual(load({ host }).tls, { port: 8443, required: false, files: undefined });
  }
});

test('elsewhere there is none unless it is asked for, and --no-tls always counts', () => {
  const host = '0.0.0.0';
  assert.equal(load({ host }).tls, undefined);
  assert.deepEqual(load({ host, tls: true }).tls, { port: 8443, required: true, files: undefined });
  assert.deepEqual(load({ host }, { PARLOR_TLS_PORT: '443' }).tls, { port: 443, required: true, files: undefined });
  assert.deepEqual(load({ host, ...FILES }).tls?.files, { cert: 'cert.pem', key: 'key.pem' });
  assert.equal(load({ tls: false, ...FILES }).tls, undefined);
  assert.equal(load({}, { PARLOR_TLS: '0' }).tls, undefined);
});

test('a certificate needs its key', () => {
  for (const flags of [{ 'tls-cert': 'cert.pem' }, { 'tls-key': 'key.pem' }]) {
    assert.throws(() => load(flags), { message: '--tls-cert and --tls-key must be given together.' });
  }
});

test('pages of every origin may call and connect, or those that are named', () => {
  assert.deepEqual(load().corsOrigins, ['*']);
  assert.equal(load().webSocketOrigins, undefined);
  const origins = ['https://a.example', 'http://localhost:3000'];
  assert.deepEqual(load({ 'cors-origin': origins }).corsOrigins, origins);
  assert.deepEqual(load({}, { PARLOR_CORS_ORIGIN: origins.join(', ') }).corsOrigins, origins);
  assert.deepEqual(load({ 'websocket-origin': origins }).webSocketOrigins, new Set(origins));
});

test('an origin is a scheme and a host, as browsers write it', () => {
  for (const origin of ['a.example', 'https://a.example/', 'https://a.example/chat', 'https://A.example']) {
    assert.throws(() => load({ 'cors-origin': [origin] }), { name: 'ConfigError' });
  }
  assert.throws(() => load({ 'websocket-origin': ['*'] }), {
    message: '--websocket-origin "*" must look like https://chat.example.com, without a path.',
  });
});

test('trusted proxies are addresses and networks', () => {
  const proxies = ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'];
  assert.deepEqual(load({ 'trusted-proxy': proxies }).trustedProxies, proxies);
  for (const proxy of ['proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.0.0']) {
    assert.throws(() => load({ 'trusted-proxy': [proxy] }), {
      message: `--trusted-proxy "${proxy}" must be an IP address or a network like 10.0.0.0/8.`,
    });
  }
});
