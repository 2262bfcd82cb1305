/** Frames byte for byte: the order of their members, nulls and empty strings, times and ids (spec/ivs-chat 2.1, 2.6 to 2.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteMessageCommand, DisconnectUserCommand, SendEventCommand } from '@aws-sdk/client-ivschat';
import type { Peer } from '../support/peer.ts';
import { openVenue } from '../support/venue.ts';

const ID = '[a-zA-Z0-9]{12}';
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3,9}Z';

/** Compares a frame with its text, in which <id> and <time> stand for any. */
function assertText(actual: string, expected: string): void {
  const literal = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  assert.match(actual, new RegExp(`^${literal.replaceAll('<id>', ID).replaceAll('<time>', TIME)}$`));
}

async function answerTo(peer: Peer, request: object): Promise<string> {
  peer.send(request);
  return await peer.nextText();
}

test('a MESSAGE with everything', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice', { attributes: { role: 'mod', avatar: 'x.png' } });
  const Attributes = { z: '1', a: '2', 'a-b': '"', 10: 'ten', 9: 'nine', Z: '3' };
  assertText(
    await answerTo(alice, { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'Hi "you"', Attributes }),
    '{"Type":"MESSAGE","Id":"<id>","RequestId":"r-1",' +
      '"Attributes":{"10":"ten","9":"nine","Z":"3","a":"2","a-b":"\\"","z":"1"},"Content":"Hi \\"you\\"",' +
      '"SendTime":"<time>","Sender":{"UserId":"alice","Attributes":{"avatar":"x.png","role":"mod"}}}',
  );
});

test('a MESSAGE with as little as possible', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assertText(
    await answerTo(alice, { Action: 'SEND_MESSAGE', Content: 'Hi' }),
    '{"Type":"MESSAGE","Id":"<id>","RequestId":"","Attributes":null,"Content":"Hi","SendTime":"<time>",' +
      '"Sender":{"UserId":"alice","Attributes":{}}}',
  );
});

test('a MESSAGE with an empty map of attributes', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.match(
    await answerTo(alice, { Action: 'SEND_MESSAGE', Content: 'Hi', Attributes: {} }),
    /"Attributes":\{\},"Con/,
  );
});

test('an application EVENT', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const event = { roomIdentifier: venue.room, eventName: 'app:"poll"' };
  await venue.client.send(new SendEventCommand({ ...event, attributes: { b: '1', a: '2' } }));
  const head = '{"Type":"EVENT","Id":"<id>","RequestId":"","EventName":"app:\\"poll\\""';
  assertText(await alice.nextText(), `${head},"Attributes":{"a":"2","b":"1"},"SendTime":"<time>"}`);
  await venue.client.send(new SendEventCommand(event));
  assertText(await alice.nextText(), `${head},"Attributes":null,"SendTime":"<time>"}`);
});

test('aws:DELETE_MESSAGE, asked for by a client and by the API', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const Id = 'AAAAbbbb1234';
  const event = (requestId: string, reason: string) =>
    `{"Type":"EVENT","Id":"<id>","RequestId":"${requestId}","EventName":"aws:DELETE_MESSAGE",` +
    `"Attributes":{"MessageID":"${Id}","MessageId":"${Id}","Reason":"${reason}"},"SendTime":"<time>"}`;
  assertText(
    await answerTo(alice, { Action: 'DELETE_MESSAGE', RequestId: 'r-1', Id, Reason: 'spam' }),
    event('r-1', 'spam'),
  );
  await venue.client.send(new DeleteMessageCommand({ roomIdentifier: venue.room, id: Id }));
  assertText(await alice.nextText(), event('', ''));
});

test('aws:DISCONNECT_USER, asked for by a client and by the API', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const event = (requestId: string, reason: string) =>
    `{"Type":"EVENT","Id":"<id>","RequestId":"${requestId}","EventName":"aws:DISCONNECT_USER",` +
    `"Attributes":{"Reason":"${reason}","UserId":"nobody"},"SendTime":"<time>"}`;
  assertText(
    await answerTo(alice, { Action: 'DISCONNECT_USER', RequestId: 'r-1', UserId: 'nobody', Reason: 'rules' }),
    event('r-1', 'rules'),
  );
  await venue.client.send(new DisconnectUserCommand({ roomIdentifier: venue.room, userId: 'nobody' }));
  assertText(await alice.nextText(), event('', ''));
});

test('an ERROR', async () => {
  await using venue = await openVenue({ room: { maximumMessageLength: 1 } });
  const alice = await venue.peer('alice');
  assertText(
    await answerTo(alice, { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'Hi' }),
    '{"Type":"ERROR","Id":"<id>","RequestId":"r-1","ErrorCode":400,"ErrorMessage":"Message exceeds maximum length"}',
  );
});

test('everybody receives the same bytes, the RequestId of another included', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob', { attributes: { name: 'Bob' } })];
  const text = await answerTo(alice, { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'Hi' });
  assert.equal(await bob.nextText(), text);
});

test('no id is ever repeated on a connection, whatever the frame', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  const alice = await venue.peer('alice');
  const requests = [
    { Action: 'SEND_MESSAGE', Content: 'Hi' },
    { Action: 'DELETE_MESSAGE', Id: 'AAAAbbbb1234' },
    { Action: 'DISCONNECT_USER', UserId: 'nobody' },
    { Action: 'NOTHING' },
  ];
  for (let index = 0; index < 2000; index++) alice.send(requests[index % 4] ?? {});
  const frames = await alice.take(2000);
  assert.equal(new Set(frames.map(({ Id }) => Id)).size, 2000);
});

test('SendTime grows from frame to frame', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  const alice = await venue.peer('alice');
  for (let index = 0; index < 500; index++) alice.send({ Action: 'SEND_MESSAGE', Content: `${index}` });
  const times = (await alice.take(500)).map(({ SendTime }) => SendTime?.slice(0, -1).padEnd(29, '0') ?? '');
  assert.deepEqual(times, [...times].sort());
  assert.equal(new Set(times).size, 500);
});
