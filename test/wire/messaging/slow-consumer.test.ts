/** A connection that does not read is reset, and disturbs nobody (architecture: nothing unbounded, nothing dropped silently). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoom, eventually } from '../support/chat.ts';
import { frame, type Peer } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

/** Far more than the budget of a session and the buffers of the kernel on both ends together. */
const FLOOD_BYTES = 12 << 20;
const CONTENT = '😀'.repeat(500);
const ATTRIBUTES = { k: 'x'.repeat(1023) };
const MESSAGES = Math.ceil(FLOOD_BYTES / (4 * 500 + 1023));
const AT_ONCE = 100;

const unlimited = { flags: { limits: 'off' } };
const resets = (venue: Venue) => venue.metric('parlor_sessions_reset_total{cause="budget"}');

/** Sends the flood, never more at once than its sender reads in return. Gives the ids in their order. */
async function flood(sender: Peer): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < MESSAGES) {
    for (let count = 0; count < AT_ONCE; count++) {
      sender.send({ Action: 'SEND_MESSAGE', Content: CONTENT, Attributes: ATTRIBUTES });
    }
    for (const { Id } of await sender.take(AT_ONCE)) ids.push(Id);
  }
  return ids;
}

for (const [name, secure] of [
  ['TCP', false],
  ['TLS', true],
] as const) {
  test(`it is reset once it leaves too much unread; others receive everything, over ${name}`, async () => {
    await using venue = await openVenue({ ...unlimited, secure });
    const [alice, bob, slow] = [await venue.peer('alice'), await venue.peer('bob'), await venue.peer('slow')];
    slow.socket.pause();
    const ids = await flood(alice);
    assert.deepEqual(
      (await bob.take(ids.length)).map(({ Id }) => Id),
      ids,
    );
    assert.equal(await resets(venue), 1);
    assert.equal(await venue.metric('ivschat_concurrent_chat_connections'), 2);

    slow.socket.resume();
    assert.equal(await slow.end(), 'reset');
    assert.ok(slow.texts.length < ids.length);
    assert.deepEqual(
      slow.texts.map((text) => JSON.parse(text).Id),
      ids.slice(0, slow.texts.length),
      'what it got is the beginning, without a gap',
    );
  });
}

test('its memory is given back', async () => {
  await using venue = await openVenue(unlimited);
  const [alice, slow] = [await venue.peer('alice'), await venue.peer('slow')];
  slow.socket.pause();
  await flood(alice);
  await eventually(async () => (await venue.metric('parlor_unread_bytes')) === 0);
});

test('its own requests may be what floods it', async () => {
  await using venue = await openVenue(unlimited);
  const slow = await venue.peer('slow');
  slow.socket.pause();
  const request = frame(JSON.stringify({ Action: 'SEND_MESSAGE', Content: CONTENT, Attributes: ATTRIBUTES }));
  while ((await resets(venue)) === 0 && !slow.socket.destroyed) {
    for (let count = 0; count < AT_ONCE; count++) slow.write(request);
  }
  assert.equal(await resets(venue), 1);
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'hello' })).Content, 'hello');
});

test('errors alone may flood it', async () => {
  await using venue = await openVenue();
  const slow = await venue.peer('slow');
  slow.socket.pause();
  const request = frame(JSON.stringify({ Action: 'SEND_MESSAGE', RequestId: 'r'.repeat(15_000) }));
  while ((await resets(venue)) === 0 && !slow.socket.destroyed) {
    for (let count = 0; count < AT_ONCE; count++) slow.write(request);
  }
  assert.equal(await resets(venue), 1);
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'hello' })).Content, 'hello');
});

test('other rooms notice nothing', async () => {
  await using venue = await openVenue(unlimited);
  const elsewhere = await createRoom(venue.client);
  const [alice, slow] = [await venue.peer('alice'), await venue.peer('slow')];
  const other = await venue.peer('other', {}, elsewhere);
  slow.socket.pause();
  const flooded = flood(alice);
  for (let index = 0; index < 100; index++) {
    assert.equal((await other.ask({ Action: 'SEND_MESSAGE', Content: `${index}` })).Content, `${index}`);
  }
  await flooded;
});
