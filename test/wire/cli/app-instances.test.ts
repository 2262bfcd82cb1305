/** `parlor app-instance` and `parlor chime-user`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ChimeVenue, openChimeVenue } from '../chime/support/venue.ts';
import { startServer } from '../support/server.ts';
import { complaint, printed } from './command-line.ts';

let venue: ChimeVenue;
before(async () => {
  venue = await openChimeVenue();
});
after(() => venue[Symbol.asyncDispose]());

const run = (...args: string[]) => printed(venue.server, ...args);
const refused = (...args: string[]) => complaint(venue.server, ...args);

describe('app-instance', () => {
  test('create makes it and prints its ARN alone', async () => {
    await using server = await startServer();
    const stdout = await printed(server, 'app-instance', 'create', 'demo', '--metadata', '{}', '--tag', 'team=chat');
    assert.match(stdout, /^arn:aws:chime:us-east-1:000000000000:app-instance\/[\w-]{36}\n$/);
    assert.equal(await printed(server, 'app-instance', 'list'), `${stdout.trim()}\tdemo\n`);
    const { AppInstances } = JSON.parse(await printed(server, 'app-instance', 'list', '--json'));
    assert.deepEqual(AppInstances, [{ AppInstanceArn: stdout.trim(), Name: 'demo', Metadata: '{}' }]);
  });

  test('update changes what is given alone; an id will do', async () => {
    const id = venue.appInstanceArn.replace(/.*\//, '');
    assert.equal(await run('app-instance', 'update', id, '--metadata', 'm'), '');
    assert.equal(await run('app-instance', 'update', venue.appInstanceArn, '--name', 'house'), '');
    const { Name, Metadata } = JSON.parse(await run('app-instance', 'show', id));
    assert.deepEqual({ Name, Metadata }, { Name: 'house', Metadata: 'm' });
    assert.equal(await refused('app-instance', 'update', id), 'One of --name and --metadata is needed.');
  });

  test('delete removes it', async () => {
    await using server = await startServer();
    const arn = (await printed(server, 'app-instance', 'create', 'demo')).trim();
    assert.equal(await printed(server, 'app-instance', 'delete', arn), '');
    assert.equal(await printed(server, 'app-instance', 'list'), '');
  });

  test('admins are added, listed and removed', async () => {
    const ada = await venue.user('ada', 'Ada');
    assert.equal(await run('app-instance', 'admin', 'add', 'ada'), '');
    assert.equal(await run('app-instance', 'admin', 'list'), `${ada}\tAda\n`);
    assert.equal(await run('app-instance', 'admin', 'remove', ada), '');
    assert.equal(await run('app-instance', 'admin', 'list'), '');
  });

  test('what cannot name one is not asked for', async () => {
    assert.match(
      await refused('app-instance', 'show', 'a b'),
      /^"a b" is neither the ARN nor the id of an app instance/,
    );
  });
});

describe('chime-user', () => {
  test('create makes it in the only app instance there is, and prints its ARN alone', async () => {
    const settings = ['--name', 'Bob B.', '--metadata', 'm', '--expiration-days', '7', '--tag', 'team=chat'];
    const stdout = await run('chime-user', 'create', 'bob', ...settings);
    assert.equal(stdout, `${venue.appInstanceArn}/user/bob\n`);
    const user = JSON.parse(await run('chime-user', 'show', 'bob'));
    assert.equal(user.AppInstanceUserArn, stdout.trim());
    assert.equal(user.Name, 'Bob B.');
    assert.equal(user.Metadata, 'm');
    assert.equal(user.ExpirationSettings.ExpirationDays, 7);
  });

  test('list prints one line for each, however many pages there are', async () => {
    await using crowded = await openChimeVenue();
    const ids = Array.from({ length: 51 }, (_, i) => `user-${i}`);
    for (const id of ids) await crowded.user(id, `The ${id}`);
    const lines = (await printed(crowded.server, 'chime-user', 'list')).trimEnd().split('\n');
    assert.deepEqual(lines.sort(), ids.map((id) => `${crowded.appInstanceArn}/user/${id}\tThe ${id}`).sort());
  });

  test('update changes what is given alone, delete removes', async () => {
    const carol = await venue.user('carol', 'Carol');
    assert.equal(await run('chime-user', 'update', 'carol', '--metadata', 'm'), '');
    const { Name, Metadata } = JSON.parse(await run('chime-user', 'show', carol));
    assert.deepEqual({ Name, Metadata }, { Name: 'Carol', Metadata: 'm' });
    assert.equal(await run('chime-user', 'delete', 'carol'), '');
    assert.match(await refused('chime-user', 'show', 'carol'), /^NotFoundException: /);
  });

  test('what cannot name a user is not asked for', async () => {
    assert.equal(await refused('chime-user', 'show', 'a b'), '"a b" is neither the ARN nor the id of a user.');
  });
});

test('which app instance is meant must be clear', async () => {
  await using server = await startServer();
  const none = 'There is no app instance yet: "parlor app-instance create" makes one.';
  assert.equal(await complaint(server, 'chime-user', 'list'), none);
  const one = (await printed(server, 'app-instance', 'create', 'one')).trim();
  const two = (await printed(server, 'app-instance', 'create', 'two')).trim();
  const several = 'There are several app instances: name one with --app-instance.';
  assert.equal(await complaint(server, 'chime-user', 'create', 'ada'), several);

  const byId = ['--app-instance', two.replace(/.*\//, '')];
  const ada = (await printed(server, 'chime-user', 'create', 'ada', ...byId)).trim();
  assert.equal(ada, `${two}/user/ada`);
  assert.equal(await printed(server, 'chime-user', 'list', '--app-instance', one), '');
  // An ARN of what is in it tells as much.
  assert.match(await printed(server, 'channel', 'create', 'hall', '--as', ada), new RegExp(`^${two}/channel/`));
});
