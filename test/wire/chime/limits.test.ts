/** How many connections a user may have, and how fast they may come (spec/chime-messaging 2.4, 2.7). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { stoppedClock } from '../support/clock.ts';
import type { Listener } from './support/listener.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

describe('of the connections of a user', () => {
  let venue: ChimeVenue;
  before(async () => {
    venue = await openChimeVenue();
  });
  after(() => venue[Symbol.asyncDispose]());

  const open = ({ socket }: Listener) => socket.readyState === socket.OPEN;

  test('the eleventh takes the place of the oldest, which does not come back', async () => {
    const [alice, bob] = [await venue.user('alice'), await venue.user('bob')];
    const other = await venue.connect(bob);
    const own: Listener[] = [];
    for (let count = 0; count < 11; count++) own.push(await venue.connect(alice));
    assert.equal(await own[0]?.closed, 4002);
    await venue.connect(alice);
    assert.equal(await own[1]?.closed, 4002);
    assert.ok(own.slice(2).every(open));
    assert.ok(open(other));
  });

  test('one that has gone leaves its place', async () => {
    const carol = await venue.user('carol');
    const own: Listener[] = [];
    for (let count = 0; count < 10; count++) own.push(await venue.connect(carol));
    own[5]?.socket.close();
    await own[5]?.closed;
    await venue.connect(carol);
    assert.ok(open(own[0] as Listener));
  });

  test('a second one of the same session takes the place of the first', async () => {
    const [dave, erin] = [await venue.user('dave'), await venue.user('erin')];
    const [elsewhere, another] = [
      await venue.connect(erin, { sessionId: 'tab' }),
      await venue.connect(dave, { sessionId: 'other tab' }),
    ];
    const first = await venue.connect(dave, { sessionId: 'tab' });
    const second = await venue.connect(dave, { sessionId: 'tab' });
    assert.equal(await first.closed, 4002);
    assert.ok([second, another, elsewhere].every(open));
  });

  test('a resumed one is as new as any', async () => {
    const frank = await venue.user('frank');
    await venue.connect(frank, { sessionId: 'tab' });
    const oldest = await venue.connect(frank);
    const resumed = await venue.connect(frank, { sessionId: 'tab' });
    for (let count = 0; count < 9; count++) await venue.connect(frank);
    assert.equal(await oldest.closed, 4002);
    assert.ok(open(resumed));
  });
});

test('how many there may be is a limit of the server', async () => {
  await using venue = await openChimeVenue({ limit: ['connections-per-user=1'] });
  const alice = await venue.user('alice');
  const first = await venue.connect(alice);
  await venue.connect(alice);
  assert.equal(await first.closed, 4002);
});

describe('a user who connects more than once a second', () => {
  test('waits, without being refused, and nobody else does', async () => {
    const clock = stoppedClock();
    await using venue = await openChimeVenue({ limits: 'default' }, clock);
    const [alice, bob] = [await venue.user('alice'), await venue.user('bob')];
    await venue.connect(alice);
    const second = venue.dial(alice);
    await venue.connect(bob);
    assert.equal(second.socket.readyState, second.socket.CONNECTING);
    clock.advance(1000);
    await second.hear('SESSION_ESTABLISHED');
  });

  test('is refused once ten wait, since the others would wait in vain', async () => {
    await using venue = await openChimeVenue({ limits: 'default' }, stoppedClock());
    const alice = await venue.user('alice');
    await venue.connect(alice);
    const answers: number[] = [];
    const all = Array.from({ length: 11 }, () => venue.dial(alice));
    for (const { socket } of all)
      socket.on('unexpected-response', (_, { statusCode }) => answers.push(statusCode ?? 0));
    await Promise.race(all.map(({ socket }) => once(socket, 'unexpected-response')));
    assert.deepEqual(answers, [429]);
    await venue.connect(await venue.user('bob'));
    assert.deepEqual(answers, [429]);
  });

  test('does not wait where rates are off', async () => {
    await using venue = await openChimeVenue({ limits: 'off' }, stoppedClock());
    const alice = await venue.user('alice');
    await venue.connect(alice);
    await venue.connect(alice);
  });
});
