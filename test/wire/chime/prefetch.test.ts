/** CHANNEL_DETAILS: which channels, and what is told of them (spec/chime-messaging 1.3, 1.4). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { metricOf } from '../support/metrics.ts';
import type { Listener } from './support/listener.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;

before(async () => {
  venue = await openChimeVenue();
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
});
after(() => venue[Symbol.asyncDispose]());

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const detailsOf = ({ heard }: Listener) => heard.filter(({ type }) => type === 'CHANNEL_DETAILS');

/** A socket of the user with the details of so many channels. */
async function prefetching(userArn: string, channels: number, wishes: Record<string, string> = {}): Promise<Listener> {
  const listener = await venue.connect(userArn, { 'prefetch-on': 'connect', ...wishes });
  await listener.hear('CHANNEL_DETAILS', () => detailsOf(listener).length >= channels);
  return listener;
}

/** The details of the one channel of a user. */
async function detailsFor(userArn: string) {
  const listener = await prefetching(userArn, 1);
  return detailsOf(listener)[0]?.payload;
}

/** A new user in a new channel of Alice. */
async function member(id: string): Promise<{ user: string; channel: string }> {
  const user = await venue.user(id);
  const channel = await venue.channel(alice, { MemberArns: [user] });
  return { user, channel };
}

test('they follow SESSION_ESTABLISHED, and have the channel, its messages and members', async () => {
  const user = await venue.user('carol', 'Carol');
  const channel = await venue.channel(alice, { Name: 'general', Metadata: '{}', MemberArns: [user] });
  const id = await venue.say(channel, alice, 'hello');
  const listener = await prefetching(user, 1);
  assert.deepEqual(
    listener.heard.map(({ type, messageType }) => `${type} ${messageType}`),
    ['SESSION_ESTABLISHED SYSTEM', 'CHANNEL_DETAILS SYSTEM'],
  );
  const { Channel, ChannelMessages, ...rest } = detailsOf(listener)[0]?.payload ?? {};
  const { LastMessageTimestamp, ...described } = Channel;
  assert.match(LastMessageTimestamp, ISO);
  assert.deepEqual(described, {
    Name: 'general',
    ChannelArn: channel,
    Mode: 'RESTRICTED',
    Privacy: 'PRIVATE',
    Metadata: '{}',
  });
  const [{ CreatedTimestamp, LastUpdatedTimestamp, ...message }, ...others] = ChannelMessages;
  assert.equal(CreatedTimestamp, LastMessageTimestamp);
  assert.match(LastUpdatedTimestamp, ISO);
  assert.deepEqual(others, []);
  assert.deepEqual(message, {
    MessageId: id,
    Content: 'hello',
    Type: 'STANDARD',
    Sender: { Arn: alice, Name: 'Alice' },
    Redacted: false,
    Status: { Value: 'SENT' },
  });
  assert.deepEqual(rest, {
    ChannelMemberships: [{ Member: { Arn: alice, Name: 'Alice' } }, { Member: { Arn: user, Name: 'Carol' } }],
    ChannelMessagesHasMore: false,
  });
});

test('they come only when they are asked for', async () => {
  const { user, channel } = await member('dave');
  for (const wishes of [{}, { 'prefetch-on': 'never' }, { 'prefetch-sort-by': 'unread' }]) {
    const listener = await venue.connect(user, wishes);
    const id = await venue.say(channel, alice, 'hello');
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === id);
    assert.deepEqual(detailsOf(listener), []);
  }
});

test('to that connection alone', async () => {
  const { user, channel } = await member('erin');
  const before = await venue.connect(user);
  await prefetching(user, 1);
  await venue.say(channel, alice, 'hello');
  await before.hear('CREATE_CHANNEL_MESSAGE');
  assert.deepEqual(detailsOf(before), []);
});

describe('of messages', () => {
  test('the 20 newest, the newest first; whether there are more is told', async () => {
    const { user, channel } = await member('frank');
    const ids: string[] = [];
    for (let count = 0; count < 20; count++) ids.unshift(await venue.say(channel, alice, `${count}`));
    const shown = (payload: { ChannelMessages: { MessageId: string }[] }) =>
      payload.ChannelMessages.map(({ MessageId }) => MessageId);
    const all = await detailsFor(user);
    assert.deepEqual([shown(all), all.ChannelMessagesHasMore], [ids, false]);
    for (let count = 20; count < 25; count++) ids.unshift(await venue.say(channel, alice, `${count}`));
    const newest = await detailsFor(user);
    assert.deepEqual([shown(newest), newest.ChannelMessagesHasMore], [ids.slice(0, 20), true]);
  });

  test('those that are targeted at others are left out of the 20', async () => {
    const { user, channel } = await member('grace');
    await venue.messaging.createChannelMembership({
      ChannelArn: channel,
      ChimeBearer: alice,
      MemberArn: bob,
      Type: 'DEFAULT',
    });
    for (let count = 0; count < 18; count++) await venue.say(channel, alice, `${count}`);
    const tell = (target: string, Content: string) =>
      venue.messaging.sendChannelMessage({
        ChannelArn: channel,
        ChimeBearer: alice,
        Content,
        Type: 'STANDARD',
        Persistence: 'PERSISTENT',
        Target: [{ MemberArn: target }],
        ClientRequestToken: crypto.randomUUID(),
      });
    for (let count = 0; count < 3; count++) await tell(bob, 'not for Grace');
    await tell(user, 'for Grace');
    const { ChannelMessages, ChannelMessagesHasMore } = await detailsFor(user);
    assert.deepEqual(
      ChannelMessages.map(({ Content }: { Content: string }) => Content),
      ['for Grace', ...Array.from({ length: 16 }, (_, index) => `${17 - index}`)],
    );
    assert.deepEqual(ChannelMessages[0].Target, [{ MemberArn: user }]);
    assert.equal(ChannelMessagesHasMore, true);
  });

  test('one that is redacted has no content', async () => {
    const { user, channel } = await member('heidi');
    const MessageId = await venue.say(channel, alice, 'secret');
    await venue.messaging.redactChannelMessage({ ChannelArn: channel, ChimeBearer: alice, MessageId });
    const { ChannelMessages } = await detailsFor(user);
    assert.deepEqual([ChannelMessages[0].Content, ChannelMessages[0].Redacted], ['', true]);
  });
});

test('of members up to 30, the hidden ones not', async () => {
  const { user, channel } = await member('ivan');
  const crowd = await Promise.all(Array.from({ length: 30 }, (_, index) => venue.user(`crowd-${index}`)));
  const hide = { ChannelArn: channel, ChimeBearer: alice, MemberArn: bob, Type: 'HIDDEN' } as const;
  await venue.messaging.createChannelMembership(hide);
  const few = await detailsFor(user);
  const members = ({ ChannelMemberships }: { ChannelMemberships: { Member: { Arn: string } }[] }) =>
    ChannelMemberships.map(({ Member }) => Member.Arn);
  assert.deepEqual(members(few).sort(), [alice, user].sort());
  await venue.messaging.batchCreateChannelMembership({
    ChannelArn: channel,
    ChimeBearer: alice,
    MemberArns: crowd,
    Type: 'DEFAULT',
  });
  const many = members(await detailsFor(user));
  assert.equal(new Set(many).size, 30);
  assert.ok(!many.includes(bob));
});

test('the read marker is told once there is one', async () => {
  const { user, channel } = await member('judy');
  assert.equal((await detailsFor(user)).ReadMarkerTimestamp, undefined);
  await venue.messaging.updateChannelReadMarker({ ChannelArn: channel, ChimeBearer: user });
  assert.match((await detailsFor(user)).ReadMarkerTimestamp, ISO);
});

describe('of more than 50 channels', () => {
  let user: string;
  /** In the order of their last messages; the last five have none. */
  const channels: string[] = [];

  before(async () => {
    user = await venue.user('mallory');
    const create = (Name: string) => venue.channel(alice, { Name, MemberArns: [user] });
    for (let count = 0; count < 60; count++) channels.push(await create(`channel ${count}`));
    for (const channel of channels.slice(0, 55)) await venue.say(channel, alice, 'hello');
    for (const ChannelArn of channels.slice(5, 55)) {
      await venue.messaging.updateChannelReadMarker({ ChannelArn, ChimeBearer: user });
    }
  });

  const shown = (listener: Listener) =>
    detailsOf(listener)
      .map(({ payload }) => payload.Channel.ChannelArn)
      .sort();

  /** All details have come when an event of a channel has, since none is held back for long. */
  async function chosen(wishes: Record<string, string>): Promise<string[]> {
    const listener = await prefetching(user, 50, wishes);
    const id = await venue.say(channels[54] ?? '', alice, 'hello');
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === id);
    await venue.messaging.updateChannelReadMarker({ ChannelArn: channels[54] ?? '', ChimeBearer: user });
    return shown(listener);
  }

  test('those with unread messages first, then those of the newest messages', async () => {
    const expected = [...channels.slice(0, 5), ...channels.slice(10, 55)].sort();
    assert.deepEqual(await chosen({}), expected);
    assert.deepEqual(await chosen({ 'prefetch-sort-by': 'unread' }), expected);
    assert.deepEqual(await chosen({ 'prefetch-sort-by': 'another' }), expected);
  });

  test('or by the newest messages alone', async () => {
    assert.deepEqual(await chosen({ 'prefetch-sort-by': 'last-message-timestamp' }), channels.slice(5, 55).sort());
  });
});

test('a client that reads slowly is sent no more than it reads, and gets all of them', async () => {
  const user = await venue.user('slow');
  // What is text within text within JSON takes seven bytes on the wire for each of these characters: in all three times
  // as much as a client may leave unread.
  const content = '\u0001'.repeat(2000);
  for (let count = 0; count < 50; count++) {
    const channel = await venue.channel(alice, { MemberArns: [user] });
    await Promise.all(Array.from({ length: 20 }, () => venue.say(channel, alice, content)));
  }
  const listener = venue.dial(user, { 'prefetch-on': 'connect' });
  await once(listener.socket, 'open');
  listener.socket.pause();
  const unread = () => metricOf(venue.server.url, 'parlor_unread_bytes');
  await eventually(async () => (await unread()) > 0);
  assert.ok((await unread()) < 1 << 20);
  listener.socket.resume();
  await listener.hear('CHANNEL_DETAILS', () => detailsOf(listener).length === 50);
  assert.equal(new Set(detailsOf(listener).map(({ payload }) => payload.Channel.ChannelArn)).size, 50);
});
