import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findKeys } from '../../../src/cli/credentials.ts';
import { createRootKey } from '../../../src/iam/root-key.ts';

const root = mkdtempSync(join(tmpdir(), 'parlor-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const data = join(root, 'data');
mkdirSync(data);
const rootKeyId = createRootKey(data).accessKeyId;
mkdirSync(join(root, 'home', '.aws'), { recursive: true });
writeFileSync(
  join(root, 'home', '.aws', 'credentials'),
  `# keys of mine
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key=default/secret+with=signs

[ staff ]
  AWS_ACCESS_KEY_ID = AKIASTAFF
aws_secret_access_key = staff-secret
aws_session_token = staff-token
[empty]
region = eu-west-1
`,
);
const other = join(root, 'other-credentials');
writeFileSync(other, '[default]\r\naws_access_key_id = AKIAOTHER\r\naws_secret_access_key = other-secret\r\n');

/** Every place that has keys, those that come first last. */
const HOME = { HOME: join(root, 'home'), PARLOR_DATA_DIR: join(root, 'none') };
const DATA = { ...HOME, PARLOR_DATA_DIR: data };
const PARLOR = { ...DATA, PARLOR_ACCESS_KEY_ID: 'AKIAPARLORPARLOR', PARLOR_SECRET_ACCESS_KEY: 'parlor-secret-key' };
const FILE = { ...PARLOR, AWS_SHARED_CREDENTIALS_FILE: other };
const AWS = { ...FILE, AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'environment-secret' };

const keyId = (env: NodeJS.ProcessEnv, dataDir?: string) =>
  findKeys(dataDir === undefined ? {} : { dataDir }, env).credentials.accessKeyId;

test('what is named comes before what lies about, and the root key at hand before the default profile', () => {
  assert.equal(keyId(AWS, data), rootKeyId);
  assert.equal(keyId(AWS), 'AKIAENVIRONMENT');
  assert.equal(keyId(FILE), 'AKIAOTHER');
  assert.equal(keyId({ ...PARLOR, AWS_PROFILE: 'staff' }), 'AKIASTAFF');
  assert.equal(keyId(PARLOR), 'AKIAPARLORPARLOR');
  assert.equal(keyId(DATA), rootKeyId);
  assert.equal(keyId(HOME), 'AKIADEFAULT');
});

test('a session token goes with its keys', () => {
  assert.deepEqual(findKeys({}, { ...HOME, AWS_PROFILE: 'staff' }).credentials, {
    accessKeyId: 'AKIASTAFF',
    secretAccessKey: 'staff-secret',
    sessionToken: 'staff-token',
  });
  assert.equal(findKeys({}, { ...AWS, AWS_SESSION_TOKEN: 'token' }).credentials.sessionToken, 'token');
  assert.equal('sessionToken' in findKeys({}, AWS).credentials, false);
});

test('a secret may hold any sign', () => {
  assert.equal(findKeys({}, HOME).credentials.secretAccessKey, 'default/secret+with=signs');
});

test('half a key is refused', () => {
  assert.throws(() => keyId({ ...HOME, AWS_ACCESS_KEY_ID: 'AKIA' }), /must be set together/);
  assert.throws(() => keyId({ ...HOME, PARLOR_ACCESS_KEY_ID: 'AKIAPARLORPARLOR' }), /must be given together/);
});

test('a place that was named must have keys', () => {
  for (const profile of ['nobody', 'empty']) {
    assert.throws(() => keyId({ ...DATA, AWS_PROFILE: profile }), new RegExp(`The profile ${profile} of AWS_PROFILE`));
  }
  assert.throws(() => keyId(AWS, join(root, 'none')), /There is no root key in \S+none\.$/);
});

test('AWS_REGION is the region of AWS keys alone, PARLOR_REGION of all, --region before both', () => {
  const region = (env: NodeJS.ProcessEnv, given?: string) =>
    findKeys(given === undefined ? {} : { region: given }, env).region;
  assert.equal(region({ ...DATA, AWS_REGION: 'eu-west-1' }), 'us-east-1');
  assert.equal(region({ ...AWS, AWS_REGION: 'eu-west-1' }), 'eu-west-1');
  assert.equal(region({ ...HOME, AWS_DEFAULT_REGION: 'eu-west-1' }), 'eu-west-1');
  assert.equal(region({ ...AWS, AWS_REGION: 'eu-west-1', PARLOR_REGION: 'local' }), 'local');
  assert.equal(region({ ...AWS, PARLOR_REGION: 'local' }, 'other'), 'other');
  assert.equal(region(AWS), 'us-east-1');
});
