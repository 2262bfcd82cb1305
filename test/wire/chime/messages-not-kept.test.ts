/** NON_PERSISTENT messages: for those who are connected now (spec/chime-messaging 3.4). */
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
const room = await venue.channel(alice, { MemberArns: [bob, carol] });

const typing = (wishes: Parameters<typeof message>[2] = {}, bearer = alice) =>
  messaging.sendChannelMessage(
    message(room, bearer, { Type: 'CONTROL', Persistence: 'NON_PERSISTENT', Content: 'typing', ...wishes }),
  );

test('members who are connected hear it, its sender too; nothing is kept', async () => {
  const listeners = await Promise.all([alice, bob].map((user) => venue.connect(user)));
  const { MessageId, Status } = await typing();
  assert.deepEqual(Status, { Value: 'SENT' });
  for (const listener of listeners) {
    const { payload, messageType } = await listener.hear('CREATE_CHANNEL_MESSAGE');
    assert.equal(messageType, 'CONTROL');
    assert.equal(payload.MessageId, MessageId);
    assert.equal(payload.Persistence, 'NON_PERSISTENT');
  }
  const of = { ChannelArn: room, ChimeBearer: alice, MessageId };
  await refused(messaging.getChannelMessage(of), 'NotFoundException');
  await refused(messaging.updateChannelMessage({ ...of, Content: 'x' }), 'ForbiddenException');
  assert.deepEqual((await messaging.listChannelMessages(of)).ChannelMessages, []);
  assert.equal((await messaging.describeChannel(of)).Channel?.LastMessageTimestamp, undefined);
});

test('it may be targeted', async () => {
  const listeners = await Promise.all([bob, carol].map((user) => venue.connect(user)));
  await typing({ Target: [{ MemberArn: bob }], Content: 'for Bob' });
  await typing({ Content: 'for all' });
  for (const listener of listeners) await listener.hear('CREATE_CHANNEL_MESSAGE', heard('for all'));
  assert.deepEqual(
    listeners.map(({ heard }) => heard.map(({ payload }) => payload?.Content)),
    [
      [undefined, 'for Bob', 'for all'],
      [undefined, 'for all'],
    ],
  );
});

test('kept and other messages of a channel are in one order, by their ids and times', async () => {
  const listener = await venue.connect(bob);
  const sends = Array.from({ length: 60 }, (_, index) =>
    typing({ Persistence: index % 3 === 0 ? 'PERSISTENT' : 'NON_PERSISTENT' }),
  );
  await Promise.all(sends);
  await typing({ Content: 'the end' });
  await listener.hear('CREATE_CHANNEL_MESSAGE', heard('the end'));
  const messages = listener.heard.filter(({ type }) => type === 'CREATE_CHANNEL_MESSAGE');
  assert.equal(messages.length, 61);
  const ids = messages.map(({ payload }) => payload.MessageId);
  assert.deepEqual(ids, [...ids].sort());
  const times = messages.map(({ payload }) => payload.CreatedTimestamp);
  assert.deepEqual(times, [...times].sort());
});

test('the same request is heard once; with other parameters it conflicts', async () => {
  const listener = await venue.connect(bob);
  const again = { ClientRequestToken: crypto.randomUUID(), Content: 'once' };
  const answers = await Promise.all([typing(again), typing(again), typing(again)]);
  assert.equal(new Set(answers.map(({ MessageId }) => MessageId)).size, 1);
  await refused(typing({ ...again, Content: 'other' }), 'ConflictException');
  await refused(typing({ ...again, Persistence: 'PERSISTENT' }), 'ConflictException');
  await typing({ Content: 'after' });
  await listener.hear('CREATE_CHANNEL_MESSAGE', heard('after'));
  assert.equal(listener.heard.filter(heard('once')).length, 1);
});

test('a token of a message that is kept conflicts', async () => {
  const again = { ClientRequestToken: crypto.randomUUID() };
  await typing({ ...again, Persistence: 'PERSISTENT' });
  await refused(typing(again), 'ConflictException');
});

function heard(content: string) {
  return ({ payload }: { readonly payload: { readonly Content: string } | undefined }) => payload?.Content === content;
}
