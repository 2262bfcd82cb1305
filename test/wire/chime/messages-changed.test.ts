/** Messages are edited, redacted and deleted (spec/chime-messaging 1.3, 3.4, 4.2). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { message } from './support/message.ts';
import { openChimeVenue } from './support/venue.ts';

const venue = await openChimeVenue();
after(() => venue[Symbol.asyncDispose]());
const { messaging } = venue;
const moderator = await venue.user('moderator');
const alice = await venue.user('alice', 'Alice');
const bob = await venue.user('bob');
const admin = await venue.user('admin');
await venue.identity.createAppInstanceAdmin({ AppInstanceArn: venue.appInstanceArn, AppInstanceAdminArn: admin });
const room = await venue.channel(moderator, { MemberArns: [alice, bob] });

const all = {
  Content: 'first',
  Metadata: 'more',
  MessageAttributes: { mention: { StringValues: ['Bob'] } },
  ContentType: 'text/plain',
};
const send = async (wishes: Parameters<typeof message>[2] = all, bearer = alice) => {
  const { MessageId = '' } = await messaging.sendChannelMessage(message(room, bearer, wishes));
  return { ChannelArn: room, MessageId };
};
const get = async (on: { ChannelArn: string; MessageId: string }) =>
  (await messaging.getChannelMessage({ ...on, ChimeBearer: bob })).ChannelMessage;

test('an edit shows the new content and when it came, to everybody', async () => {
  const listener = await venue.connect(bob);
  const on = await send();
  const before = await get(on);
  const { $metadata, ...updated } = await messaging.updateChannelMessage({
    ...on,
    ChimeBearer: alice,
    Content: 'second',
    Metadata: 'less',
    ContentType: 'text/html',
  });
  assert.deepEqual(updated, { ...on, Status: { Value: 'SENT' } });

  const edited = await get(on);
  const { LastEditedTimestamp } = edited ?? {};
  assert.ok(LastEditedTimestamp);
  const changes = { Content: 'second', Metadata: 'less', ContentType: 'text/html' };
  assert.deepEqual(edited, { ...before, ...changes, LastEditedTimestamp, LastUpdatedTimestamp: LastEditedTimestamp });

  const { payload, messageType } = await listener.hear('UPDATE_CHANNEL_MESSAGE');
  assert.equal(messageType, 'STANDARD');
  assert.deepEqual(payload, JSON.parse(JSON.stringify(edited)));
});

test('an edit leaves what it does not name', async () => {
  const on = await send();
  await messaging.updateChannelMessage({ ...on, ChimeBearer: alice, Content: 'second' });
  assert.partialDeepStrictEqual(await get(on), { ...all, Content: 'second' });
});

test('an edit has the limits of its message', async () => {
  const update = (on: { ChannelArn: string; MessageId: string }, Content: string, Metadata?: string) =>
    messaging.updateChannelMessage({ ...on, ChimeBearer: alice, Content, Metadata });
  const standard = await send();
  const control = await send({ Type: 'CONTROL', Content: 'typing' });
  await update(standard, 'x'.repeat(4096), 'x'.repeat(1024));
  await update(control, 'x'.repeat(30));
  const tooLarge = { message: 'Channel Messages size limit exceeded' };
  await refused(update(standard, `${'x'.repeat(4095)}é`), 'BadRequestException', tooLarge);
  await refused(update(control, 'x'.repeat(31)), 'BadRequestException', tooLarge);
  await refused(update(control, 'x', 'x'), 'BadRequestException', tooLarge);
  await refused(update(standard, ''), 'BadRequestException');
});

test('only the sender edits, and only what is there', async () => {
  const on = await send();
  for (const ChimeBearer of [bob, moderator, admin]) {
    await refused(messaging.updateChannelMessage({ ...on, ChimeBearer, Content: 'x' }), 'ForbiddenException');
  }
  const unknown = { ...on, MessageId: 'f'.repeat(64), ChimeBearer: alice };
  await refused(messaging.updateChannelMessage({ ...unknown, Content: 'x' }), 'ForbiddenException');
  await refused(messaging.redactChannelMessage(unknown), 'ForbiddenException');
});

test('a redacted message is a shell: over HTTP without content, on the socket with an empty one', async () => {
  const listener = await venue.connect(bob);
  const on = await send();
  const before = await get(on);
  const { $metadata, ...redacted } = await messaging.redactChannelMessage({ ...on, ChimeBearer: alice });
  assert.deepEqual(redacted, on);

  const after = await get(on);
  const { Content, Metadata, MessageAttributes, ContentType, ...shell } = before ?? {};
  assert.deepEqual(after, { ...shell, Redacted: true, LastUpdatedTimestamp: after?.LastUpdatedTimestamp });
  const { ChannelMessages: [listed] = [] } = await messaging.listChannelMessages({
    ChannelArn: room,
    ChimeBearer: bob,
    MaxResults: 1,
  });
  assert.equal(listed?.MessageId, on.MessageId);
  assert.equal(listed.Redacted, true);
  assert.equal(listed.Content, undefined);

  const { payload } = await listener.hear('REDACT_CHANNEL_MESSAGE');
  assert.deepEqual(payload, JSON.parse(JSON.stringify({ ...after, Content: '' })));
  assert.deepEqual(payload.Sender, { Arn: alice, Name: 'Alice' });
});

test('redacting again changes nothing, and nobody hears of it', async () => {
  const listener = await venue.connect(bob);
  const on = await send();
  await messaging.redactChannelMessage({ ...on, ChimeBearer: alice });
  const once = await get(on);
  await messaging.redactChannelMessage({ ...on, ChimeBearer: moderator });
  assert.deepEqual(await get(on), once);
  await venue.say(room, alice, 'after');
  await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'after');
  assert.equal(listener.types.filter((type) => type === 'REDACT_CHANNEL_MESSAGE').length, 1);
});

test('a redacted message is not edited', async () => {
  const on = await send();
  await messaging.redactChannelMessage({ ...on, ChimeBearer: alice });
  const update = messaging.updateChannelMessage({ ...on, ChimeBearer: alice, Content: 'back' });
  await refused(update, 'ConflictException', { Code: 'Conflict' });
});

test('senders redact their own messages, moderators and admins those of others', async () => {
  await refused(messaging.redactChannelMessage({ ...(await send()), ChimeBearer: bob }), 'ForbiddenException');
  for (const ChimeBearer of [alice, moderator, admin]) {
    const on = await send();
    await messaging.redactChannelMessage({ ...on, ChimeBearer });
    assert.equal((await get(on))?.Redacted, true);
  }
});

test('a deleted message is gone; its event names its sender, and not what was written', async () => {
  const listener = await venue.connect(bob);
  const on = await send({ Type: 'CONTROL', Content: 'typing' });
  const { $metadata } = await messaging.deleteChannelMessage({ ...on, ChimeBearer: admin });
  assert.equal($metadata.httpStatusCode, 204);
  await refused(get(on), 'NotFoundException');
  const { ChannelMessages = [] } = await messaging.listChannelMessages({ ChannelArn: room, ChimeBearer: bob });
  assert.ok(ChannelMessages.every(({ MessageId }) => MessageId !== on.MessageId));

  const { payload, messageType } = await listener.hear('DELETE_CHANNEL_MESSAGE');
  assert.equal(messageType, 'CONTROL');
  assert.equal(payload.MessageId, on.MessageId);
  assert.deepEqual(payload.Sender, { Arn: alice, Name: 'Alice' });
  assert.equal(payload.Content, '');
});

test('deleting what is not there succeeds, and nobody hears of it', async () => {
  const listener = await venue.connect(bob);
  const on = await send();
  for (const MessageId of [on.MessageId, on.MessageId, 'f'.repeat(64), 'unknown']) {
    await messaging.deleteChannelMessage({ ...on, MessageId, ChimeBearer: admin });
  }
  await venue.say(room, alice, 'after');
  await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'after');
  assert.equal(listener.types.filter((type) => type === 'DELETE_CHANNEL_MESSAGE').length, 1);
});

test('only admins delete', async () => {
  const on = await send();
  for (const ChimeBearer of [alice, bob, moderator]) {
    await refused(messaging.deleteChannelMessage({ ...on, ChimeBearer }), 'ForbiddenException');
  }
});
