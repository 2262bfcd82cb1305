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

const ARN = 'arn:aws:chime:us-east-1:000000000000:app-instance/11111111-2222-3333-4444-555555555555';
const CREDS = { 'creds-role': 'chat', 'creds-app-instance': ARN };
const ISSUER = { 'creds-issuer': ['https://idp.example.com/=chat-app'] };
const WEBHOOK = { 'creds-webhook': 'https://app.example.com/whois' };

test('the exchange of credentials is off until a role is named', () => {
  assert.equal(load().exchange, undefined);
  assert.throws(() => load(ISSUER), { message: '--creds-issuer means nothing without --creds-role.' });
  assert.throws(() => load({}, { PARLOR_CREDS_WEBHOOK: 'https://app.example.com' }), {
    message: 'PARLOR_CREDS_WEBHOOK means nothing without --creds-role.',
  });
});

test('it takes the word of one issuer, or of one webhook', () => {
  const common = { roleArn: 'arn:aws:iam::000000000000:role/chat', appInstanceArn: ARN, seconds: 3600 };
  const issuer = { url: 'https://idp.example.com', audiences: ['chat-app', 'web'] };
  const audiences = { 'creds-issuer': [...ISSUER['creds-issuer'], 'https://idp.example.com=web'] };
  assert.deepEqual(load({ ...CREDS, ...audiences }).exchange, { ...common, proof: { issuer, claim: 'sub' } });
  const env = { PARLOR_CREDS_WEBHOOK_SECRET: 'sixteen letters!' };
  assert.deepEqual(load({ ...CREDS, ...WEBHOOK }, env).exchange, {
    ...common,
    proof: { webhook: WEBHOOK['creds-webhook'], secret: 'sixteen letters!' },
  });
  const two = { 'creds-issuer': [...ISSUER['creds-issuer'], 'https://other.example.com=chat-app'] };
  for (const flags of [{}, { ...ISSUER, ...WEBHOOK }, two]) {
    assert.throws(() => load({ ...CREDS, ...flags }), {
      message: '--creds-role needs one --creds-issuer or one --creds-webhook, which says who a user is.',
    });
  }
});

test('its role is a name or an ARN, its app instance one of this server', () => {
  const role = 'arn:aws:iam::000000000000:role/app/chat';
  assert.equal(load({ ...CREDS, ...ISSUER, 'creds-role': role }).exchange?.roleArn, role);
  const bad = [
    { 'creds-role': 'a role' },
    { 'creds-app-instance': '' },
    { 'creds-app-instance': ARN.replace('us-east-1', 'eu-west-1') },
    { 'creds-app-instance': ARN.replace('000000000000', '111111111111') },
    { 'creds-app-instance': `${ARN}/user/alice` },
    { 'creds-seconds': '899' },
  ];
  for (const flags of bad) assert.throws(() => load({ ...CREDS, ...ISSUER, ...flags }), { name: 'ConfigError' });
});

test('its webhook is a URL without a password, with a secret that is not repeated, and over TLS if it is not here', () => {
  for (const url of ['app.example.com', 'ftp://app.example.com', 'https://user:secret@app.example.com']) {
    assert.throws(() => load({ ...CREDS, 'creds-webhook': url }), { name: 'ConfigError' });
  }
  assert.throws(() => load({ ...CREDS, ...WEBHOOK }, { PARLOR_CREDS_WEBHOOK_SECRET: 'short' }), {
    message: 'PARLOR_CREDS_WEBHOOK_SECRET must be 16 characters or more.',
  });
  const warnings = (url: string) => load({ ...CREDS, 'creds-webhook': url }).warnings;
  assert.deepEqual(warnings('https://app.example.com'), []);
  assert.deepEqual(warnings('http://127.0.0.1:3000/whois'), []);
  assert.deepEqual(warnings('http://app:3000/whois'), [
    '--creds-webhook is http: whoever is on the way to it can read the tokens of users.',
  ]);
});
