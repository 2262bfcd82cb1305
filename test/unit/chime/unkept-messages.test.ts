/** What is remembered of NON_PERSISTENT messages, and for how long (spec/chime-messaging 3.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../../src/aws/errors.ts';
import { UnkeptMessages } from '../../../src/chime/messaging/unkept-messages.ts';

const MINUTE_MS = 60_000;
const request = (token: string | undefined, content = 'typing') => ({
  scope: 'SendChannelMessage/1/2',
  token,
  parameters: { Content: content },
});

test('a request is known for ten minutes, with the same parameters', () => {
  const unkept = new UnkeptMessages();
  unkept.add(1, 5, 'id', request('token'), 0);
  assert.equal(unkept.firstId(request('token'), 10 * MINUTE_MS - 1), 'id');
  assert.throws(() => unkept.firstId(request('token', 'other'), 1), AwsError);
  assert.equal(unkept.firstId(request('token'), 10 * MINUTE_MS), undefined);
  assert.equal(unkept.firstId(request('token', 'other'), 10 * MINUTE_MS), undefined);
  assert.equal(unkept.firstId(request('unknown'), 1), undefined);
  assert.equal(unkept.firstId({ ...request('token'), scope: 'SendChannelMessage/1/3' }, 1), undefined);
});

test('a request without a token is never known', () => {
  const unkept = new UnkeptMessages();
  unkept.add(1, 5, 'id', request(undefined), 0);
  assert.equal(unkept.firstId(request(undefined), 1), undefined);
});

test('the last position of a channel is the larger one of both kinds of messages', () => {
  const unkept = new UnkeptMessages();
  unkept.add(1, 5, 'id', request('token'), 0);
  assert.equal(unkept.lastPosition({ pk: 1, position: 4 }), 5);
  assert.equal(unkept.lastPosition({ pk: 1, position: 6 }), 6);
  assert.equal(unkept.lastPosition({ pk: 2, position: 4 }), 4);
});

test('what is remembered is bounded, and the oldest makes room', () => {
  const unkept = new UnkeptMessages();
  const count = 100_001;
  for (let index = 0; index < count; index++) unkept.add(index, index, String(index), request(String(index)), 0);
  assert.equal(unkept.firstId(request('0'), 0), undefined);
  assert.equal(unkept.firstId(request('1'), 0), '1');
  assert.equal(unkept.lastPosition({ pk: 0, position: -1 }), 0);
  assert.equal(unkept.lastPosition({ pk: count - 1, position: 0 }), count - 1);
});
