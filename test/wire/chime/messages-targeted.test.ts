/** Targeted messages are for their sender and their target alone (spec/chime-messaging 3.4, 4.2). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { message } from './support/message.ts';
import { openChimeVenue } from './support/venue.ts';

const venue = await openChimeVenue();
after(() => venue[Symbol.asyncDispose]());
const { messaging } = venue;
const alice = await venue.user('alice');
const bob = await venue.user('bob');
const carol = await venue.user('carol');
const admin = await venue.user('admin');
const stranger = await venue.user('stranger');
await venue.identity.createAppInstanceAdmin({ AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: admin });

/** A channel that Carol moderates. */
const open = () => venue.channel(carol, { MemberArns: [alice, bob] });
const whisper = async (ChannelArn: string, from: string, to: string, Content = 'psst') => {
  const { MessageId = '' } = await messaging.sendChannelMessage(
    message(ChannelArn, from, { Content, Target: [{ MemberArn: to }] }),
  );
  return MessageId;
};
const contents = async (ChannelArn: string, ChimeBearer: string) => {
  const { ChannelMessages = [] } = await messaging.listChannelMessages({
    ChannelArn,
    ChimeBearer,
    SortOrder: 'ASCENDING',
  });
  return ChannelMessages.map(({ Content }) => Content);
};

test('sender and target hear, get and list it; the others, moderators too, do not know of it', async () => {
  const room = await open();
  const listeners = await Promise.all([alice, bob, carol].map((user) => venue.connect(user)));
  const MessageId = await whisper(room, alice, bob);
  await venue.say(room, alice, 'to all');
  for (const listener of listeners) {
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'to all');
  }
  const heard = listeners.map((listener) => listener.heard.filter(({ payload }) => payload?.MessageId === MessageId));
  assert.deepEqual(
    heard.map(({ length }) => length),
    [1, 1, 0],
  );
  assert.deepEqual(heard[1]?.[0]?.payload.Target, [{ MemberArn: bob }]);

  for (const ChimeBearer of [alice, bob]) {
    const { ChannelMessage } = await messaging.getChannelMessage({ ChannelArn: room, ChimeBearer, MessageId });
    assert.deepEqual(ChannelMessage?.Target, [{ MemberArn: bob }]);
    assert.deepEqual(await contents(room, ChimeBearer), ['psst', 'to all']);
  }
  for (const ChimeBearer of [carol, admin]) {
    await refused(messaging.getChannelMessage({ ChannelArn: room, ChimeBearer, MessageId }), 'NotFoundException');
    assert.deepEqual(await contents(room, ChimeBearer), ['to all']);
  }
});

test('a message may be for oneself', async () => {
  const room = await open();
  await whisper(room, alice, alice, 'note');
  assert.deepEqual(await contents(room, alice), ['note']);
  assert.deepEqual(await contents(room, bob), []);
});

test('a hidden member is a target for those alone who may know of it', async () => {
  const room = await open();
  const hidden = { ChannelArn: room, ChimeBearer: carol, MemberArn: stranger, Type: 'HIDDEN' } as const;
  await messaging.createChannelMembership(hidden);
  await refused(whisper(room, alice, stranger), 'ForbiddenException');
  await whisper(room, carol, stranger, 'welcome');
  assert.deepEqual(await contents(room, stranger), ['welcome']);
});

test('its sender may change it, a target that moderates may redact it, others may not', async () => {
  const room = await open();
  const MessageId = await whisper(room, alice, carol);
  const on = { ChannelArn: room, MessageId };
  await messaging.updateChannelMessage({ ...on, ChimeBearer: alice, Content: 'changed' });
  await refused(messaging.updateChannelMessage({ ...on, ChimeBearer: carol, Content: 'x' }), 'ForbiddenException');
  await refused(messaging.redactChannelMessage({ ...on, ChimeBearer: bob }), 'ForbiddenException');
  await refused(messaging.redactChannelMessage({ ...on, ChimeBearer: admin }), 'ForbiddenException');
  await messaging.redactChannelMessage({ ...on, ChimeBearer: carol });

  const unseen = { ChannelArn: room, MessageId: await whisper(room, alice, bob) };
  await refused(messaging.redactChannelMessage({ ...unseen, ChimeBearer: carol }), 'ForbiddenException');
  await refused(messaging.redactChannelMessage({ ...unseen, ChimeBearer: bob }), 'ForbiddenException');
});

test('an admin deletes it unseen; sender and target hear of that', async () => {
  const room = await open();
  const listeners = await Promise.all([alice, bob, carol].map((user) => venue.connect(user)));
  const MessageId = await whisper(room, alice, bob);
  await messaging.deleteChannelMessage({ ChannelArn: room, ChimeBearer: admin, MessageId });
  await venue.say(room, alice, 'after');
  for (const listener of listeners) {
    await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'after');
  }
  const deletions = listeners.map(({ types }) => types.filter((type) => type === 'DELETE_CHANNEL_MESSAGE').length);
  assert.deepEqual(deletions, [1, 1, 0]);
  assert.deepEqual(await contents(room, alice), ['after']);
});

test('only members can be targets', async () => {
  const room = await open();
  for (const MemberArn of [stranger, admin, `${bob}by`, room, bob.replace(':chime:', ':iam:')]) {
    await refused(
      messaging.sendChannelMessage(message(room, alice, { Target: [{ MemberArn }] })),
      'ForbiddenException',
    );
  }
});

test('a page may be short, or empty, while more follow', async () => {
  const room = await open();
  for (const content of ['1', '2', '3', '4']) await whisper(room, alice, bob, content);
  await venue.say(room, alice, '5');
  const pages: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await messaging.listChannelMessages({
      ChannelArn: room,
      ChimeBearer: carol,
      MaxResults: 2,
      NextToken,
    });
    pages.push(page.ChannelMessages?.map(({ Content }) => Content));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  assert.deepEqual(pages, [['5'], [], []]);
});

test('it is the last message of the channel for its sender and its target alone', async () => {
  const room = await open();
  const first = await venue.say(room, alice, 'to all');
  const second = await whisper(room, alice, bob);
  const sentAt = async (MessageId: string) => {
    const of = { ChannelArn: room, ChimeBearer: alice, MessageId };
    return (await messaging.getChannelMessage(of)).ChannelMessage?.CreatedTimestamp;
  };
  const lastOf = async (ChimeBearer: string) =>
    (await messaging.describeChannel({ ChannelArn: room, ChimeBearer })).Channel?.LastMessageTimestamp;
  assert.deepEqual(await lastOf(alice), await sentAt(second));
  assert.deepEqual(await lastOf(bob), await sentAt(second));
  assert.deepEqual(await lastOf(carol), await sentAt(first));
});
