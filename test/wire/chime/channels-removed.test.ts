/** What was deleted is gone from the disk, soon (spec/chime-messaging 3.1, 6; docs/decisions/0001-durability.md). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { refused } from '../support/expect.ts';
import { type ServerProcess, spawnServer, temporaryDirectory } from '../support/server.ts';
import { type ChimeVenue, chimeClients, openChimeVenue } from './support/venue.ts';

const TABLES = [
  'message',
  'membership',
  'moderator',
  'ban',
  'channel',
  'identity',
  'admin',
  'endpoint',
  'removal',
] as const;

/** How many rows the tables have; those that removed messages leave are empty. Only for servers in processes of their own, whose locks this does not touch. */
function countRows(directory: string): Record<(typeof TABLES)[number], number> {
  using database = new DatabaseSync(join(directory, 'parlor.db'), { readOnly: true, timeout: 5000 });
  const counts = TABLES.map((table) => {
    const full = table === 'message' ? ' WHERE channel_pk > 0' : '';
    const { count } = database.prepare(`SELECT count(*) AS count FROM chime_${table}${full}`).get() ?? {};
    return [table, Number(count)];
  });
  return Object.fromEntries(counts);
}

/** Whether the text is anywhere in the database's files. */
function onDisk(directory: string, text: string): boolean {
  return ['parlor.db', 'parlor.db-wal'].some((file) => readFileSync(join(directory, file)).includes(text));
}

/** An app instance of a server in another process. */
async function settle({ url }: ServerProcess, name: string) {
  const { identity, messaging } = chimeClients(url);
  const token = () => ({ ClientRequestToken: crypto.randomUUID() });
  const { AppInstanceArn = '' } = await identity.createAppInstance({ Name: name, ...token() });
  return {
    identity,
    messaging,
    AppInstanceArn,
    async user(AppInstanceUserId: string) {
      const user = { AppInstanceArn, AppInstanceUserId, Name: AppInstanceUserId, ...token() };
      return (await identity.createAppInstanceUser(user)).AppInstanceUserArn ?? '';
    },
    async channel(ChimeBearer: string, MemberArns: string[]) {
      const channel = {
        AppInstanceArn,
        ChimeBearer,
        Name: 'channel',
        MemberArns,
        ModeratorArns: MemberArns,
        ...token(),
      };
      return (await messaging.createChannel(channel)).ChannelArn ?? '';
    },
    async say(ChannelArn: string, ChimeBearer: string, Content: string, Metadata?: string) {
      const message = { ChannelArn, ChimeBearer, Content, Metadata, ...token() };
      await messaging.sendChannelMessage({ ...message, Type: 'STANDARD', Persistence: 'PERSISTENT' });
    },
    [Symbol.dispose]() {
      identity.destroy();
      messaging.destroy();
    },
  };
}

test('the text of a deleted channel is nowhere in the database and its log', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--data-dir', directory.path, '--limits', 'off']);
  using place = await settle(server, 'place');
  const alice = await place.user('alice');
  const [doomed, lasting] = [await place.channel(alice, [alice]), await place.channel(alice, [alice])];
  for (let i = 0; i < 300; i++) {
    const long = i % 10 === 0 ? 'x'.repeat(3900) : '';
    await place.say(doomed, alice, `SECRET-CONTENT ${i} ${long}`, `SECRET-METADATA ${i}`);
    if (i % 7 === 0) await place.say(lasting, alice, `OTHER-CONTENT ${i}`);
  }
  assert.ok(onDisk(directory.path, 'SECRET-CONTENT'));
  await place.messaging.deleteChannel({ ChannelArn: doomed, ChimeBearer: alice });
  await eventually(() => !onDisk(directory.path, 'SECRET-'), 'the text to be gone');
  assert.ok(onDisk(directory.path, 'OTHER-CONTENT'));
  await eventually(() => countRows(directory.path).removal === 0, 'the rows to be gone');
  assert.partialDeepStrictEqual(countRows(directory.path), { message: 43, membership: 1, moderator: 1, channel: 1 });
});

test('a removal that a crash interrupts goes on at the next start', async () => {
  using directory = temporaryDirectory();
  const args = ['--data-dir', directory.path, '--limits', 'off'];
  {
    await using server = await spawnServer(args);
    using place = await settle(server, 'place');
    const alice = await place.user('alice');
    const channels = await Promise.all(Array.from({ length: 4 }, () => place.channel(alice, [alice])));
    for (let i = 0; i < 40; i++) {
      await Promise.all(
        channels.flatMap((channel) => Array.from({ length: 10 }, () => place.say(channel, alice, `SECRET ${i}`))),
      );
    }
    await Promise.all(channels.map((ChannelArn) => place.messaging.deleteChannel({ ChannelArn, ChimeBearer: alice })));
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
  }
  await using server = await spawnServer(args);
  assert.ok(server.url);
  await eventually(() => countRows(directory.path).removal === 0, 'the rows to be gone');
  const empty = { message: 0, membership: 0, moderator: 0, channel: 0, identity: 1 };
  assert.partialDeepStrictEqual(countRows(directory.path), empty);
  await eventually(() => !onDisk(directory.path, 'SECRET'), 'the text to be gone');
});

test('of a deleted app instance nothing is left, and nothing of another is touched', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--data-dir', directory.path, '--limits', 'off']);
  const populate = async (name: string) => {
    const place = await settle(server, name);
    const people = await Promise.all(Array.from({ length: 30 }, (_, i) => place.user(`user-${i}`)));
    const [alice = '', bob = '', eve = ''] = people;
    const { AppInstanceArn } = place;
    await place.identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: alice });
    for (let i = 0; i < 3; i++) {
      const ChannelArn = await place.channel(alice, [bob]);
      await place.messaging.createChannelBan({ ChannelArn, ChimeBearer: alice, MemberArn: eve });
      for (let j = 0; j < 60; j++) await place.say(ChannelArn, bob, `SECRET of ${name}`);
    }
    return place;
  };
  using _lasting = await populate('lasting');
  const before = countRows(directory.path);
  using doomed = await populate('doomed');
  await doomed.identity.deleteAppInstance({ AppInstanceArn: doomed.AppInstanceArn });
  await eventually(() => countRows(directory.path).removal === 0, 'the rows to be gone');
  assert.deepEqual(countRows(directory.path), before);
  await eventually(() => !onDisk(directory.path, 'SECRET of doomed'), 'the text to be gone');
  assert.ok(onDisk(directory.path, 'SECRET of lasting'));
});

test('the sockets of the users of a deleted app instance close', async () => {
  await using venue = await openChimeVenue();
  const people = await Promise.all(Array.from({ length: 25 }, (_, i) => venue.user(`user-${i}`)));
  const listeners = await Promise.all(people.map((arn) => venue.connect(arn)));
  await venue.identity.deleteAppInstance({ AppInstanceArn: venue.appInstanceArn });
  for (const { closed } of listeners) assert.equal(await closed, 4003);
});

/** Creates the user as soon as the removal of the one before is over. */
async function createAgain(venue: ChimeVenue, id: string): Promise<void> {
  await eventually(() =>
    venue.user(id).then(
      () => true,
      () => false,
    ),
  );
}

test('a deleted user leaves its channels, and each hears of it', async () => {
  await using venue = await openChimeVenue();
  const [alice, bob, eve] = [await venue.user('alice'), await venue.user('bob', 'Bob'), await venue.user('eve')];
  const channels: string[] = [];
  for (let i = 0; i < 50; i++) channels.push(await venue.channel(alice, { MemberArns: [bob], ModeratorArns: [bob] }));
  const banned = await venue.channel(alice);
  await venue.messaging.createChannelBan({ ChannelArn: banned, ChimeBearer: alice, MemberArn: bob });
  const [a, e] = [await venue.connect(alice), await venue.connect(eve)];

  await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: bob });
  for (const ChannelArn of channels) {
    const { payload } = await a.hear('DELETE_CHANNEL_MEMBERSHIP', ({ payload }) => payload.ChannelArn === ChannelArn);
    assert.partialDeepStrictEqual(payload, { Member: { Arn: bob }, InvitedBy: { Arn: alice }, Type: 'DEFAULT' });
  }
  assert.equal(a.types.length, 50);
  assert.deepEqual(e.types, []);

  await createAgain(venue, 'bob');
  const on = { ChimeBearer: bob };
  const { ChannelMemberships } = await venue.messaging.listChannelMembershipsForAppInstanceUser(on);
  const { Channels } = await venue.messaging.listChannelsModeratedByAppInstanceUser(on);
  assert.deepEqual([ChannelMemberships, Channels], [[], []]);
  await refused(venue.messaging.describeChannel({ ...on, ChannelArn: channels[0] }), 'ForbiddenException');
  const { ChannelBans } = await venue.messaging.listChannelBans({ ChannelArn: banned, ChimeBearer: alice });
  assert.deepEqual(ChannelBans, []);
});
