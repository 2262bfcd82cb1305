/** What was acknowledged stays, what was removed is gone from the disk (ARCHITECTURE.md, section 5). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Chance } from '../../sim/support/world.ts';
import { eventually } from '../support/chat.ts';
import { spawnServer, temporaryDirectory } from '../support/server.ts';
import { message } from './support/message.ts';
import { chimeClients, openChimeVenue, populate } from './support/venue.ts';

test('every message acknowledged before kill -9 is listed afterwards, in the order of its id', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (set SEED to run it again)`);
  const chance = new Chance(seed);
  using directory = temporaryDirectory();
  const acknowledged: string[] = [];
  let alice = '';
  let room = '';
  for (let round = 0; round < 3; round++) {
    await using server = await spawnServer(['--data-dir', directory.path]);
    const { messaging } = chimeClients(server.url);
    if (room === '') {
      const arnOf = await populate(server.url, ['alice']);
      alice = arnOf('alice');
      const AppInstanceArn = alice.replace(/\/user\/.*/, '');
      const created = await messaging.createChannel({
        AppInstanceArn,
        ChimeBearer: alice,
        Name: 'room',
        ClientRequestToken: crypto.randomUUID(),
      });
      room = created.ChannelArn ?? '';
    }
    const enough = acknowledged.length + 1 + chance.below(100);
    const send = async (): Promise<void> => {
      const { MessageId = '' } = await messaging.sendChannelMessage(message(room, alice));
      acknowledged.push(MessageId);
      if (acknowledged.length >= enough) server.child.kill('SIGKILL');
      return send();
    };
    await Promise.allSettled(Array.from({ length: 8 }, send));
    if (server.child.signalCode === null) await once(server.child, 'exit');
    messaging.destroy();
  }
  await using server = await spawnServer(['--data-dir', directory.path]);
  const { messaging } = chimeClients(server.url);
  const kept: string[] = [];
  let NextToken: string | undefined;
  do {
    const of = { ChannelArn: room, ChimeBearer: alice, SortOrder: 'ASCENDING' as const, NextToken };
    const page = await messaging.listChannelMessages(of);
    kept.push(...(page.ChannelMessages ?? []).map(({ MessageId = '' }) => MessageId));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  messaging.destroy();
  assert.deepEqual(kept, kept.toSorted());
  assert.equal(new Set(kept).size, kept.length);
  assert.ok(acknowledged.length >= 3);
  assert.deepEqual(
    acknowledged.filter((id) => !kept.includes(id)),
    [],
  );
});

test('redacted and deleted text is in no file of the database', async () => {
  using directory = temporaryDirectory();
  await using venue = await openChimeVenue({ 'data-dir': directory.path });
  const { messaging } = venue;
  const alice = await venue.user('alice');
  await venue.identity.createAppInstanceAdmin({ AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: alice });
  const room = await venue.channel(alice);
  const files = () => ['parlor.db', 'parlor.db-wal'].map((name) => readFileSync(join(directory.path, name)));
  const isOnDisk = (text: string) => files().some((bytes) => bytes.includes(text));

  for (const remove of ['redactChannelMessage', 'deleteChannelMessage'] as const) {
    const secrets = ['content', 'metadata', 'attribute', 'type', 'edited'].map((what) => `${what} to ${remove}`);
    const [Content = '', Metadata, attribute = '', ContentType, edited] = secrets;
    await venue.say(room, alice, `before ${remove}`);
    const { MessageId } = await messaging.sendChannelMessage(
      message(room, alice, {
        Content,
        Metadata,
        ContentType,
        MessageAttributes: { [attribute]: { StringValues: [attribute] } },
      }),
    );
    await venue.say(room, alice, `after ${remove}`);
    const on = { ChannelArn: room, ChimeBearer: alice, MessageId };
    assert.ok(isOnDisk(Content));
    await messaging.updateChannelMessage({ ...on, Content: `${edited} ${'and longer '.repeat(50)}` });
    await messaging[remove](on);
    await eventually(() => !secrets.some(isOnDisk), `the end of the text that ${remove} removed`);
    assert.ok(isOnDisk(`before ${remove}`));
    assert.ok(isOnDisk(`after ${remove}`));
  }
});
