/** The members of requests: their types, sizes and spelling (spec/ivs-chat 2.2 to 2.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openVenue } from '../support/venue.ts';

const SEND = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello' };
const DELETE = { Action: 'DELETE_MESSAGE', RequestId: 'r-1', Id: 'AAAAbbbb1234' };
const DISCONNECT = { Action: 'DISCONNECT_USER', RequestId: 'r-1', UserId: 'nobody' };

const NOT_STRINGS = [0, 1.5, true, {}, [], ['a']];

/** Changes to a good request, and what they are answered. */
const REFUSED: readonly [name: string, code: number, request: object, changes: readonly object[]][] = [
  ['Content that is no string', 400, SEND, [...NOT_STRINGS, null].map((Content) => ({ Content }))],
  ['no Content, or an empty one', 400, SEND, [{ Content: undefined }, { Content: '' }]],
  ['Attributes that are no map', 400, SEND, [0, true, 'a', [], ['a']].map((Attributes) => ({ Attributes }))],
  ['an attribute that is no string', 400, SEND, [...NOT_STRINGS, null].map((a) => ({ Attributes: { a, b: 'b' } }))],
  ['more than 1024 bytes of attributes', 413, SEND, [{ Attributes: { k: 'ü'.repeat(512) } }]],
  ['an Id that is no string', 400, DELETE, [...NOT_STRINGS, null, undefined].map((Id) => ({ Id }))],
  [
    'an Id of another form',
    400,
    DELETE,
    ['', 'short', 'AAAAbbbb12345', 'AAAAbbbb123_', 'AAAAbbbb1234\n'].map((Id) => ({ Id })),
  ],
  ['a Reason that is no string', 400, DELETE, NOT_STRINGS.map((Reason) => ({ Reason }))],
  ['a Reason of more than 256 characters', 413, DELETE, [{ Reason: '😀'.repeat(257) }]],
  ['a UserId that is no string', 400, DISCONNECT, [...NOT_STRINGS, null, undefined].map((UserId) => ({ UserId }))],
  ['an empty UserId', 400, DISCONNECT, [{ UserId: '' }]],
  ['a UserId of more than 128 characters', 413, DISCONNECT, [{ UserId: 'x'.repeat(129) }]],
  ['a Reason that is no string', 400, DISCONNECT, NOT_STRINGS.map((Reason) => ({ Reason }))],
  ['a Reason of more than 256 characters', 413, DISCONNECT, [{ Reason: 'x'.repeat(257) }]],
  ['a RequestId that is no string', 400, SEND, NOT_STRINGS.map((RequestId) => ({ RequestId }))],
  ['a RequestId of more than 256 characters', 413, SEND, [{ RequestId: 'x'.repeat(257) }]],
];
for (const [name, code, request, changes] of REFUSED) {
  test(`${Object.values(request)[0]} with ${name}: ${code}`, async () => {
    await using venue = await openVenue({ flags: { limits: 'off' } });
    const alice = await venue.peer('alice');
    for (const change of changes) {
      const { ErrorCode, RequestId } = await alice.ask({ ...request, ...change });
      assert.equal(ErrorCode, code, JSON.stringify(change));
      const echoed = 'RequestId' in change ? change.RequestId : 'r-1';
      assert.equal(RequestId, typeof echoed === 'string' ? echoed : '');
    }
  });
}

const ACCEPTED: readonly [name: string, request: object, changes: readonly object[]][] = [
  ['1024 bytes of attributes', SEND, [{ Attributes: { kk: 'ü'.repeat(511) } }]],
  ['no attributes', SEND, [{ Attributes: null }, { Attributes: undefined }, { Attributes: {} }]],
  ['500 characters', SEND, [{ Content: 'x'.repeat(500) }]],
  ['a reason of 256 characters', DELETE, [{ Reason: '😀'.repeat(256) }]],
  ['no reason', DELETE, [{ Reason: null }, { Reason: undefined }, { Reason: '' }]],
  ['a user id of 128 characters', DISCONNECT, [{ UserId: '😀'.repeat(128) }]],
  ['no reason', DISCONNECT, [{ Reason: null }, { Reason: undefined }, { Reason: '' }]],
  ['a RequestId of 256 characters', SEND, [{ RequestId: 'x'.repeat(256) }]],
  ['no RequestId', SEND, [{ RequestId: null }, { RequestId: undefined }, { RequestId: '' }]],
];
for (const [name, request, changes] of ACCEPTED) {
  test(`${Object.values(request)[0]} with ${name} is carried out`, async () => {
    await using venue = await openVenue();
    const alice = await venue.peer('alice');
    for (const change of changes) assert.notEqual((await alice.ask({ ...request, ...change })).Type, 'ERROR');
  });
}

test('the members of another action do not matter', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask({ ...SEND, Id: 5, UserId: [], Reason: {} })).Type, 'MESSAGE');
  assert.equal((await alice.ask({ ...DELETE, Content: 5, Attributes: [], UserId: 5 })).Type, 'EVENT');
});

for (const spell of [
  (name: string) => name.toLowerCase(),
  (name: string) => name.toUpperCase(),
  (name: string) => name.charAt(0).toLowerCase() + name.slice(1),
]) {
  test(`members may be spelled ${spell('RequestId')}`, async () => {
    await using venue = await openVenue();
    const alice = await venue.peer('alice');
    const respelled = (request: object) =>
      Object.fromEntries(Object.entries(request).map(([name, value]) => [spell(name), value]));
    const message = await alice.ask(respelled({ ...SEND, Attributes: { MiXed: 'Case' } }));
    assert.deepEqual([message.Content, message.RequestId, message.Attributes], ['hello', 'r-1', { MiXed: 'Case' }]);
    const deleted = await alice.ask(respelled({ ...DELETE, Reason: 'spam' }));
    assert.deepEqual([deleted.Attributes?.['MessageId'], deleted.Attributes?.['Reason']], ['AAAAbbbb1234', 'spam']);
    const kicked = await alice.ask(respelled({ ...DISCONNECT, Reason: 'rules' }));
    assert.deepEqual(kicked.Attributes, { UserId: 'nobody', Reason: 'rules' });
  });
}

test('unknown members are ignored, those of every object among them', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { Type, Content } = await alice.ask(
    '{"__proto__":{"Content":"evil","polluted":true},"constructor":{"prototype":{"polluted":true}},"prototype":1,' +
      '"toString":"x","hasOwnProperty":null,"Type":"ERROR","Sender":{"UserId":"mallory"},"SendTime":"never",' +
      '"Action":"SEND_MESSAGE","Content":"hello"}',
  );
  assert.deepEqual([Type, Content], ['MESSAGE', 'hello']);
  assert.equal('polluted' in {}, false);
});

test('a member inherited from __proto__ is none', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { ErrorCode } = await alice.ask('{"Action":"SEND_MESSAGE","__proto__":{"Content":"inherited"}}');
  assert.equal(ErrorCode, 400);
});

test('of a member given twice the last counts', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { Content } = await alice.ask('{"Action":"SEND_MESSAGE","Content":"first","content":"second"}');
  assert.equal(Content, 'second');
});
