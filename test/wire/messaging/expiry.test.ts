/** The end of a session: ERROR 401, then close 1000; the client comes back by itself (spec/ivs-chat 1.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, SendMessageRequest } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { openVenue } from '../support/venue.ts';

const MINUTE_MS = 60_000;
/** What a timer of the server may be late. */
const TIMER_MS = 200;
const shortly = { sessionDurationInMinutes: 1 };
const SEND = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello' };

test('when its time is up a connection is told 401 "expired" and closed with 1000', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.peer('alice', shortly);
  clock.advance(MINUTE_MS + TIMER_MS);
  const { Type, Id, RequestId, ErrorCode, ErrorMessage } = await alice.next();
  assert.deepEqual([Type, RequestId, ErrorCode, ErrorMessage], ['ERROR', '', 401, 'The connection has expired.']);
  assert.match(Id, /^[a-zA-Z0-9]{12}$/);
  const ended = await alice.end();
  assert.ok(typeof ended === 'object');
  assert.equal(ended.code, 1000);
  assert.equal(alice.texts.length, 1);
});

test('the official client comes back with a new token', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.chatter('alice', shortly);
  clock.advance(MINUTE_MS + TIMER_MS);
  await eventually(() => alice.connects === 2);
  assert.deepEqual([alice.tokens, alice.disconnects], [2, []]);
  assert.equal((await alice.room.sendMessage(new SendMessageRequest('back'))).content, 'back');
});

test('the time runs from the making of the token', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const token = await venue.token(shortly);
  clock.advance(MINUTE_MS / 2);
  const alice = await venue.shakeHands(token);
  clock.advance(MINUTE_MS / 2 + TIMER_MS);
  assert.equal((await alice.next()).ErrorCode, 401);
});

test('until then requests are carried out', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.peer('alice', shortly);
  clock.advance(MINUTE_MS - 1);
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
});

test('a request after that is answered 401 with its RequestId, then the connection is closed', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.peer('alice', shortly);
  clock.advance(MINUTE_MS);
  const { ErrorCode, RequestId, ErrorMessage } = await alice.ask(SEND);
  assert.deepEqual([ErrorCode, RequestId, ErrorMessage], [401, 'r-1', 'The connection has expired.']);
  const ended = await alice.end();
  assert.ok(typeof ended === 'object');
  assert.equal(ended.code, 1000);
});

test('expiry comes before every other check', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const wrongs = ['garbage', { Action: 'NOTHING' }, { ...SEND, Content: '' }, SEND];
  const peers = await Promise.all(wrongs.map(() => venue.peer('alice', { capabilities: [], ...shortly })));
  clock.advance(MINUTE_MS);
  for (const [index, wrong] of wrongs.entries()) assert.equal((await peers[index]?.ask(wrong))?.ErrorCode, 401);
});

test('the official client rejects that request with 401 and comes back', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.chatter('alice', shortly);
  clock.advance(MINUTE_MS);
  await assert.rejects(alice.room.sendMessage(new SendMessageRequest('late')), { errorCode: 401 });
  await eventually(() => alice.connects === 2);
  assert.deepEqual(alice.disconnects, []);
});

test('others in the room stay', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const [alice, bob] = [await venue.peer('alice', shortly), await venue.peer('bob', { sessionDurationInMinutes: 2 })];
  clock.advance(MINUTE_MS + TIMER_MS);
  await alice.end();
  assert.equal((await bob.ask(SEND)).Type, 'MESSAGE');
});
