/** A user with as many memberships as one may have (spec/chime-messaging 5.2) connects among others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Clock } from '../../../src/engine/ports.ts';
import { temporaryDirectory } from '../support/server.ts';
import { addQuietChannels } from './support/quiet-channels.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

const CHANNELS = 19_990;

/** Shows at least a millisecond more at each look, as if on a slow machine; counts the ends of ticks waited for. */
function slowClock(): Clock & { ticks: number } {
  const clock = systemClock();
  let extra = 0;
  return {
    ...clock,
    ticks: 0,
    monotonic: () => clock.monotonic() + extra++,
    endOfTick(task) {
      this.ticks += 1;
      clock.endOfTick(task);
    },
  };
}

const directory = temporaryDirectory();
const clock = slowClock();
let venue: ChimeVenue;
let alice: string;
let busy: string;
let general: string;

before(async () => {
  venue = await openChimeVenue({ 'data-dir': directory.path }, clock);
  alice = await venue.user('alice');
  busy = await venue.user('busy');
  general = await venue.channel(alice, { MemberArns: [busy] });
  addQuietChannels(directory.path, await venue.channel(alice, { MemberArns: [busy] }), CHANNELS);
});
after(async () => {
  await venue[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

test('the event loop goes on while its channels are read and joined', async () => {
  const before = clock.ticks;
  await venue.connect(busy);
  // A slice is five looks at the clock; a thousand memberships are read, or 128 joined, between two of them.
  const least = Math.floor((CHANNELS / 1000 + CHANNELS / 128) / 5);
  assert.ok(clock.ticks - before >= least, `${clock.ticks - before} ticks`);
});

const quiet = (number: number) => general.replace(/[^/]+$/, `quiet-${number}`);

test('then it hears of all of them', async () => {
  const listener = await venue.connect(busy);
  for (const channel of [general, quiet(1), quiet(10_000), quiet(CHANNELS)]) {
    await venue.say(channel, alice, 'hello');
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.ChannelArn === channel);
  }
});

test('it is sent the details of fifty, chosen from all', async () => {
  const listener = await venue.connect(busy, { 'prefetch-on': 'connect' });
  const details = () => listener.heard.filter(({ type }) => type === 'CHANNEL_DETAILS');
  await listener.hear('CHANNEL_DETAILS', () => details().length === 50);
  const arns = details().map(({ payload }) => payload.Channel.ChannelArn);
  assert.equal(new Set(arns).size, 50);
  assert.ok(arns.includes(quiet(CHANNELS)));
});
