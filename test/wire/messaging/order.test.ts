/** One order of a room for all its connections (spec/ivs-chat 2.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Peer } from '../support/peer.ts';
import { openVenue } from '../support/venue.ts';

const SENDERS = 8;
const EACH = 100;
const unlimited = { flags: { limits: 'off' } };

test('however many send at once, all receive everything in one order', async () => {
  await using venue = await openVenue(unlimited);
  const senders = await Promise.all(Array.from({ length: SENDERS }, (_, index) => venue.peer(`sender-${index}`)));
  const viewers = await Promise.all(Array.from({ length: 20 }, (_, index) => venue.peer(`viewer-${index}`)));
  for (let round = 0; round < EACH; round++) {
    for (const sender of senders) sender.send({ Action: 'SEND_MESSAGE', Content: `${round}` });
    if (round % 10 === 0) await new Promise(setImmediate);
  }
  const everybody = [...senders, ...viewers];
  const [first, ...others] = await Promise.all(everybody.map((peer) => peer.take(SENDERS * EACH)));
  for (const other of others) assert.deepEqual(other, first);

  for (const sender of new Set(first?.map(({ Sender }) => Sender?.UserId))) {
    const own = first?.filter(({ Sender }) => Sender?.UserId === sender).map(({ Content }) => Content);
    assert.deepEqual(
      own,
      Array.from({ length: EACH }, (_, round) => `${round}`),
    );
  }
});

test('errors stand where their requests stood, between the messages of others', async () => {
  await using venue = await openVenue(unlimited);
  const alice = await venue.peer('alice');
  for (let index = 0; index < 200; index++) {
    alice.send({ Action: 'SEND_MESSAGE', RequestId: `${index}`, Content: index % 3 === 0 ? '' : 'hello' });
  }
  const frames = await alice.take(200);
  assert.deepEqual(
    frames.map(({ RequestId, Type }) => [RequestId, Type]),
    Array.from({ length: 200 }, (_, index) => [`${index}`, index % 3 === 0 ? 'ERROR' : 'MESSAGE']),
  );
});

test('who comes in the middle receives the rest without a gap', async () => {
  await using venue = await openVenue(unlimited);
  const alice = await venue.peer('alice');
  const latecomers: Peer[] = [];
  let sent = 0;
  while (latecomers.length < 10) {
    const coming = venue.peer(`late-${latecomers.length}`).then((peer) => latecomers.push(peer));
    const before = latecomers.length;
    while (latecomers.length === before) {
      await alice.ask({ Action: 'SEND_MESSAGE', Content: `${sent++}` });
    }
    await coming;
  }
  const last = await alice.ask({ Action: 'SEND_MESSAGE', Content: `${sent}` });
  for (const peer of latecomers) {
    const contents = (await peer.upTo(({ Id }) => Id === last.Id)).map(({ Content }) => Number(Content));
    const [from = sent] = contents;
    assert.deepEqual(
      contents,
      Array.from({ length: sent - from + 1 }, (_, index) => from + index),
    );
  }
});
