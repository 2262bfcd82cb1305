/** Messages are sent, read and listed (spec/chime-messaging 3.4, 4.2). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { message } from './support/message.ts';
import { openChimeVenue } from './support/venue.ts';

const venue = await openChimeVenue();
after(() => venue[Symbol.asyncDispose]());
const { messaging } = venue;
const alice = await venue.user('alice', 'Alice');
const bob = await venue.user('bob', 'Bob');
const stranger = await venue.user('stranger');
const hidden = await venue.user('hidden');
const room = await venue.channel(alice, { MemberArns: [bob] });
await messaging.createChannelMembership({
  ChannelArn: room,
  ChimeBearer: alice,
  MemberArn: hidden,
  Type: 'HIDDEN',
});

const send = (wishes: Parameters<typeof message>[2] = {}) => messaging.sendChannelMessage(message(room, alice, wishes));
const get = (MessageId = '', ChimeBearer = alice, ChannelArn = room) =>
  messaging.getChannelMessage({ ChannelArn, ChimeBearer, MessageId });

/** A text of so many bytes. */
const text = (bytes: number) => 'x'.repeat(bytes);

test('what was sent is what everybody reads and hears', async () => {
  const listener = await venue.connect(bob);
  const { $metadata, ...sent } = await send({
    Content: 'héllo\n👋',
    Metadata: '{"a":\n1}',
    MessageAttributes: { mention: { StringValues: ['Bob', 'Carol'] }, nothing: {} },
    ContentType: 'text/plain',
    PushNotification: { Title: 'Alice', Body: 'hello', Type: 'DEFAULT' },
  });
  assert.equal($metadata.httpStatusCode, 201);
  assert.match(sent.MessageId ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(sent, { ChannelArn: room, MessageId: sent.MessageId, Status: { Value: 'SENT' } });

  const { ChannelMessage } = await get(sent.MessageId, bob);
  const { CreatedTimestamp, LastUpdatedTimestamp, ...shown } = ChannelMessage ?? {};
  assert.ok(CreatedTimestamp instanceof Date);
  assert.deepEqual(LastUpdatedTimestamp, CreatedTimestamp);
  const expected = {
    ChannelArn: room,
    MessageId: sent.MessageId,
    Content: 'héllo\n👋',
    Metadata: '{"a":\n1}',
    Type: 'STANDARD',
    Sender: { Arn: alice, Name: 'Alice' },
    Redacted: false,
    Persistence: 'PERSISTENT',
    Status: { Value: 'SENT' },
    MessageAttributes: { mention: { StringValues: ['Bob', 'Carol'] }, nothing: {} },
    ContentType: 'text/plain',
  };
  assert.deepEqual(shown, expected);

  const heard = await listener.hear('CREATE_CHANNEL_MESSAGE');
  assert.equal(heard.messageType, 'STANDARD');
  const time = CreatedTimestamp.toISOString();
  assert.deepEqual(heard.payload, { ...expected, CreatedTimestamp: time, LastUpdatedTimestamp: time });

  const { ChannelMessages: [newest] = [] } = await messaging.listChannelMessages({
    ChannelArn: room,
    ChimeBearer: bob,
    MaxResults: 1,
  });
  const { ChannelArn: _, Persistence: __, ...summary } = ChannelMessage ?? {};
  assert.deepEqual(newest, summary);
});

test('a control message can be kept too', async () => {
  const { MessageId } = await send({ Type: 'CONTROL', Content: text(30) });
  const { ChannelMessage } = await get(MessageId);
  assert.equal(ChannelMessage?.Type, 'CONTROL');
  assert.equal(ChannelMessage.Content, text(30));
});

test('sizes are bytes of UTF-8', async () => {
  await send({ Content: `${text(4094)}é`, Metadata: `${text(1022)}é` });
  await send({ Content: text(4096), Metadata: text(1024) });
  const tooLarge = { message: 'Channel Messages size limit exceeded', Code: 'BadRequest' };
  for (const wishes of [
    { Content: `${text(4095)}é` },
    { Metadata: `${text(1023)}é` },
    { Type: 'CONTROL', Content: text(31) },
    { Type: 'CONTROL', Content: `${text(29)}é` },
    { Type: 'CONTROL', Content: 'typing', Metadata: 'x' },
  ] as const) {
    await refused(send(wishes), 'BadRequestException', tooLarge);
  }
});

test('attributes are at most 1 KB, names and values together', async () => {
  await send({ MessageAttributes: { a: { StringValues: [text(512), text(511)] } } });
  await refused(send({ MessageAttributes: { a: { StringValues: [text(512), text(512)] } } }), 'BadRequestException');
});

test('what breaks its shape is refused', async () => {
  for (const wishes of [
    { Content: '' },
    { ContentType: text(46) },
    { PushNotification: { Title: text(51) } },
    { PushNotification: { Body: '' } },
    { MessageAttributes: { [text(65)]: {} } },
    { MessageAttributes: { a: { StringValues: [text(513)] } } },
    { Target: [] },
    { Target: [{ MemberArn: bob }, { MemberArn: alice }] },
    { ClientRequestToken: 'a' },
  ]) {
    await refused(send(wishes), 'BadRequestException');
  }
});

test('there are no sub-channels', async () => {
  const of = { ChannelArn: room, ChimeBearer: alice, SubChannelId: 'part' };
  const { MessageId } = await send();
  const calls = [
    () => send({ SubChannelId: 'part' }),
    () => messaging.listChannelMessages(of),
    () => messaging.getChannelMessage({ ...of, MessageId }),
    () => messaging.getChannelMessageStatus({ ...of, MessageId }),
    () => messaging.updateChannelMessage({ ...of, MessageId, Content: 'x' }),
    () => messaging.redactChannelMessage({ ...of, MessageId }),
    () => messaging.deleteChannelMessage({ ...of, MessageId }),
  ];
  for (const call of calls) await refused(call(), 'BadRequestException');
});

test('members send; hidden ones, strangers and nobody do not', async () => {
  await messaging.sendChannelMessage(message(room, bob));
  await refused(messaging.sendChannelMessage(message(room, hidden)), 'ForbiddenException');
  await refused(messaging.sendChannelMessage(message(room, stranger)), 'ForbiddenException');
  await refused(messaging.sendChannelMessage(message(room, `${bob}by`)), 'UnauthorizedClientException');
  await refused(messaging.sendChannelMessage(message(`${room}0`, alice)), 'ForbiddenException');
});

test('members read, hidden ones too; strangers only where the channel is public', async () => {
  const MessageId = await venue.say(room, alice, 'private');
  await get(MessageId, hidden);
  await refused(get(MessageId, stranger), 'ForbiddenException');
  await refused(messaging.listChannelMessages({ ChannelArn: room, ChimeBearer: stranger }), 'ForbiddenException');

  const square = await venue.channel(alice, { Privacy: 'PUBLIC' });
  const said = await venue.say(square, alice, 'public');
  assert.equal((await get(said, stranger, square)).ChannelMessage?.Content, 'public');
  const { ChannelMessages } = await messaging.listChannelMessages({ ChannelArn: square, ChimeBearer: stranger });
  assert.deepEqual(
    ChannelMessages?.map(({ MessageId }) => MessageId),
    [said],
  );
  await refused(messaging.sendChannelMessage(message(square, stranger)), 'ForbiddenException');
});

test('an id that is unknown, foreign or no id of ours is not found', async () => {
  const other = await venue.channel(alice);
  const foreign = await venue.say(other, alice, 'elsewhere');
  for (const id of [foreign, 'f'.repeat(64), '0'.repeat(64), 'abc', '-_-']) {
    await refused(get(id), 'NotFoundException', { Code: 'NotFound' });
  }
});

test('the sender alone asks for the status', async () => {
  const MessageId = await venue.say(room, bob, 'mine');
  const of = { ChannelArn: room, MessageId };
  const { Status } = await messaging.getChannelMessageStatus({ ...of, ChimeBearer: bob });
  assert.deepEqual(Status, { Value: 'SENT' });
  await refused(messaging.getChannelMessageStatus({ ...of, ChimeBearer: alice }), 'ForbiddenException');
  const unknown = { ChannelArn: room, ChimeBearer: bob, MessageId: 'unknown' };
  await refused(messaging.getChannelMessageStatus(unknown), 'ForbiddenException');
});

test('the name of the sender is the one it has now', async () => {
  const dave = await venue.user('dave', 'Dave');
  const channel = await venue.channel(dave);
  const MessageId = await venue.say(channel, dave, 'hello');
  await venue.identity.updateAppInstanceUser({ AppInstanceUserArn: dave, Name: 'David', Metadata: '' });
  const { ChannelMessage } = await get(MessageId, dave, channel);
  assert.deepEqual(ChannelMessage?.Sender, { Arn: dave, Name: 'David' });
});

test('the channel tells when its last message came', async () => {
  const channel = await venue.channel(alice);
  const { ChannelMessage } = await get(await venue.say(channel, alice, 'last'), alice, channel);
  const { Channel } = await messaging.describeChannel({ ChannelArn: channel, ChimeBearer: alice });
  assert.deepEqual(Channel?.LastMessageTimestamp, ChannelMessage?.CreatedTimestamp);
});
