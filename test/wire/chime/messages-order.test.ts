/** One order for all: of lists, of events, of times (spec/chime-messaging 1.5, 3.4). */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { Chance } from '../../sim/support/world.ts';
import { refused } from '../support/expect.ts';
import { message } from './support/message.ts';
import { openChimeVenue } from './support/venue.ts';

let offsetMs = 0;
let stoppedAt: number | undefined;
const clock = { ...systemClock(), now: () => (stoppedAt ?? Date.now()) + offsetMs };

const venue = await openChimeVenue({}, clock);
after(() => venue[Symbol.asyncDispose]());
const { messaging } = venue;
const alice = await venue.user('alice');
const bob = await venue.user('bob');
const room = () => venue.channel(alice, { MemberArns: [bob] });

/** All pages, one after another, from the start or behind a token. */
async function listed(
  of: Omit<Parameters<typeof messaging.listChannelMessages>[0], 'ChimeBearer'>,
  betweenPages: () => Promise<unknown> = async () => undefined,
) {
  const all: { MessageId?: string | undefined; Content?: string | undefined; CreatedTimestamp?: Date | undefined }[] =
    [];
  let NextToken: string | undefined;
  do {
    const page = await messaging.listChannelMessages({ ChimeBearer: bob, ...of, NextToken });
    all.push(...(page.ChannelMessages ?? []));
    ({ NextToken } = page);
    await betweenPages();
  } while (NextToken !== undefined);
  return all;
}
const idsOf = (messages: readonly { MessageId?: string | undefined }[]) => messages.map(({ MessageId }) => MessageId);

describe('lists', async () => {
  const ChannelArn = await room();
  for (const content of ['1', '2', '3', '4', '5']) await venue.say(ChannelArn, alice, content);
  const contents = async (of: object) => (await listed({ ChannelArn, ...of })).map(({ Content }) => Content);

  test('begin with the newest, unless told otherwise', async () => {
    assert.deepEqual(await contents({}), ['5', '4', '3', '2', '1']);
    assert.deepEqual(await contents({ SortOrder: 'DESCENDING', MaxResults: 2 }), ['5', '4', '3', '2', '1']);
    assert.deepEqual(await contents({ SortOrder: 'ASCENDING', MaxResults: 2 }), ['1', '2', '3', '4', '5']);
  });

  test('the last page has no token, though it is full', async () => {
    const first = await messaging.listChannelMessages({ ChannelArn, ChimeBearer: bob, MaxResults: 5 });
    assert.equal(first.NextToken, undefined);
  });

  test('a token is good for its own listing alone', async () => {
    const of = { ChannelArn, ChimeBearer: bob, MaxResults: 2 };
    const { NextToken } = await messaging.listChannelMessages(of);
    const again = { ...of, NextToken };
    await messaging.listChannelMessages({ ...again, MaxResults: 3 });
    for (const changed of [
      { SortOrder: 'ASCENDING' as const },
      { NotBefore: new Date(0) },
      { NotAfter: new Date() },
      { ChannelArn: await room() },
      { NextToken: 'foreign' },
    ]) {
      await refused(messaging.listChannelMessages({ ...again, ...changed }), 'BadRequestException');
    }
    await refused(messaging.listChannelMessages({ ...of, MaxResults: 51 }), 'BadRequestException');
  });
});

test('not-before and not-after include their own moment', async () => {
  const ChannelArn = await room();
  stoppedAt = Date.now();
  const moments: Date[] = [];
  for (const content of ['1', '2', '3', '4']) {
    moments.push(new Date(stoppedAt));
    await venue.say(ChannelArn, alice, content);
    stoppedAt += 10;
  }
  stoppedAt = undefined;
  const between = async (NotBefore?: Date, NotAfter?: Date) => {
    const messages = await listed({ ChannelArn, SortOrder: 'ASCENDING', NotBefore, NotAfter, MaxResults: 1 });
    return messages.map(({ Content }) => Content).join('');
  };
  const [, second, third] = moments;
  const later = (moment: Date | undefined, ms: number) => new Date(Number(moment) + ms);
  assert.equal(await between(second, third), '23');
  assert.equal(await between(later(second, 1), third), '3');
  assert.equal(await between(second, later(third, -1)), '2');
  assert.equal(await between(second), '234');
  assert.equal(await between(undefined, third), '123');
  assert.equal(await between(third, second), '');
});

test('messages of one moment have places of their own, alike in list and events', async () => {
  const ChannelArn = await room();
  const listener = await venue.connect(bob);
  stoppedAt = Date.now();
  const sent = await Promise.all(
    Array.from({ length: 200 }, (_, index) => venue.say(ChannelArn, index % 2 ? alice : bob, String(index))),
  );
  stoppedAt = undefined;
  assert.equal(new Set(sent).size, 200);
  const last = await venue.say(ChannelArn, alice, 'the end');
  await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === last);
  const heard = listener.heard.flatMap(({ payload }) => payload?.MessageId ?? []);
  assert.deepEqual(idsOf(await listed({ ChannelArn, SortOrder: 'ASCENDING', MaxResults: 7 })), heard);
  assert.deepEqual(new Set(heard), new Set([...sent, last]));
});

test('times never run backwards, when the clock does', async () => {
  const ChannelArn = await room();
  for (const step of [0, -2000, 500, -60_000, 0, 90_000, -1]) {
    offsetMs += step;
    await messaging.sendChannelMessage(message(ChannelArn, alice, { Content: 'kept' }));
    const { MessageId } = await messaging.sendChannelMessage(message(ChannelArn, alice));
    await messaging.updateChannelMessage({ ChannelArn, ChimeBearer: alice, MessageId, Content: 'edited' });
    await messaging.sendChannelMessage(message(ChannelArn, alice, { Persistence: 'NON_PERSISTENT' }));
  }
  offsetMs = 0;
  const { ChannelMessages = [] } = await messaging.listChannelMessages({
    ChannelArn,
    ChimeBearer: bob,
    SortOrder: 'ASCENDING',
  });
  const times = ChannelMessages.map(({ CreatedTimestamp }) => Number(CreatedTimestamp));
  assert.equal(times.length, 14);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  for (const { CreatedTimestamp, LastUpdatedTimestamp, LastEditedTimestamp } of ChannelMessages) {
    assert.ok(Number(LastUpdatedTimestamp) >= Number(CreatedTimestamp));
    assert.ok(Number(LastEditedTimestamp ?? CreatedTimestamp) >= Number(CreatedTimestamp));
  }
});

test('of what is kept and what is not, the later is never timed earlier, when the clock steps back', async () => {
  const ChannelArn = await room();
  const listener = await venue.connect(bob);
  for (const Persistence of ['NON_PERSISTENT', 'PERSISTENT', 'NON_PERSISTENT', 'PERSISTENT'] as const) {
    await messaging.sendChannelMessage(message(ChannelArn, alice, { Persistence }));
    offsetMs -= 1000;
  }
  offsetMs = 0;
  const last = await venue.say(ChannelArn, alice, 'the end');
  await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === last);
  const heard = listener.heard.flatMap(({ payload }) => payload?.MessageId ?? []);
  assert.equal(heard.length, 5);
  assert.deepEqual(heard, heard.toSorted());
});

for (const seed of [1, 20_210_515, Number(process.env['SEED'] ?? Date.now() % 1_000_000)]) {
  test(`pages join to the one order while messages are added, with seed ${seed}`, async () => {
    const chance = new Chance(seed);
    const ChannelArn = await room();
    const listener = await venue.connect(bob);
    const act = async () => {
      const author = chance.pick([alice, bob]);
      const Persistence = chance.pick(['PERSISTENT', 'PERSISTENT', 'NON_PERSISTENT'] as const);
      await messaging.sendChannelMessage(message(ChannelArn, author, { Persistence }));
    };
    const acts = (most: number) => Promise.all(Array.from({ length: chance.below(most) }, act));
    await acts(40);
    const before = idsOf(await listed({ ChannelArn, SortOrder: 'ASCENDING' }));

    const [upwards, downwards] = await Promise.all([
      listed({ ChannelArn, SortOrder: 'ASCENDING', MaxResults: 1 + chance.below(9) }, () => acts(6)),
      listed({ ChannelArn, SortOrder: 'DESCENDING', MaxResults: 1 + chance.below(9) }, () => acts(6)),
      acts(20),
    ]);
    const last = await venue.say(ChannelArn, alice, 'the end');
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === last);

    const events = listener.heard.flatMap(({ payload }) => payload ?? []);
    const ids = events.map(({ MessageId }) => MessageId);
    assert.deepEqual(ids, ids.toSorted());
    const kept = events.flatMap(({ MessageId, Persistence }) => (Persistence === 'PERSISTENT' ? MessageId : []));
    assert.deepEqual(idsOf(await listed({ ChannelArn, SortOrder: 'ASCENDING', MaxResults: 11 })), kept);
    assert.deepEqual(idsOf(upwards), kept.slice(0, upwards.length));
    const down = idsOf(downwards).reverse();
    assert.deepEqual(down, kept.slice(0, down.length));
    for (const pages of [idsOf(upwards), down]) assert.deepEqual(pages.slice(0, before.length), before);
  });
}
