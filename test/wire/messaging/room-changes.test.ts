/** Changes to a room hold for connections that are open already (spec/ivs-chat 3.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteRoomCommand, SendEventCommand } from '@aws-sdk/client-ivschat';
import { SendMessageRequest } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { openVenue } from '../support/venue.ts';

const SEND = { Action: 'SEND_MESSAGE', Content: 'hello' };

test('a new maximumMessageLength', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
  await venue.update({ maximumMessageLength: 4 });
  assert.equal((await alice.ask(SEND)).ErrorMessage, 'Message exceeds maximum length');
  await venue.update({ maximumMessageLength: 5 });
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
});

test('a new maximumMessageRatePerSecond', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, room: { maximumMessageRatePerSecond: 1 } });
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
  assert.equal((await alice.ask(SEND)).ErrorCode, 429);
  await venue.update({ maximumMessageRatePerSecond: 4 });
  clock.advance(500);
  for (const expected of ['MESSAGE', 'MESSAGE', 'ERROR']) assert.equal((await alice.ask(SEND)).Type, expected);
});

test('a review handler set and taken away', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await venue.update({ messageReviewHandler: { uri: 'https://review.example.com/', fallbackResult: 'DENY' } });
  assert.equal((await alice.ask(SEND)).ErrorCode, 406);
  await venue.update({ messageReviewHandler: { uri: '' } });
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
});

test('a change of the name disturbs nobody', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await venue.update({ name: 'renamed' });
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
});

test('after DeleteRoom requests are answered 404, and the connection stays', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  await venue.client.send(new DeleteRoomCommand({ identifier: venue.room }));
  for (let time = 0; time < 2; time++) {
    await assert.rejects(alice.room.sendMessage(new SendMessageRequest('hello')), { errorCode: 404 });
  }
  assert.deepEqual([alice.connects, alice.disconnects], [1, []]);
});

test('after DeleteRoom its token opens nothing: 404', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  await venue.client.send(new DeleteRoomCommand({ identifier: venue.room }));
  assert.equal((await venue.shakeHands(token)).answer?.status, 404);
});

test('after DeleteRoom no event can be sent to its connections', async () => {
  await using venue = await openVenue();
  await venue.peer('alice');
  await venue.client.send(new DeleteRoomCommand({ identifier: venue.room }));
  const event = new SendEventCommand({ roomIdentifier: venue.room, eventName: 'app:late' });
  await assert.rejects(venue.client.send(event), { name: 'ResourceNotFoundException' });
});

test('requests behind a change that is under way keep their order', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  const alice = await venue.peer('alice');
  const updates = Array.from({ length: 5 }, (_, index) => venue.update({ name: `n${index}` }));
  for (let index = 0; index < 300; index++) alice.send({ ...SEND, Content: `${index}` });
  const frames = await alice.upTo(({ Content }) => Content === '299');
  await Promise.all(updates);
  assert.deepEqual(
    frames.map(({ Content }) => Content),
    Array.from({ length: 300 }, (_, index) => `${index}`),
  );
});
