import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope, parseArn } from '../../../src/aws/arn.ts';

test('an ARN has six parts, of which the last may hold colons and slashes', () => {
  assert.deepEqual(parseArn('arn:aws:chime:us-east-1:123456789012:app-instance/a/user/us-east-1:b'), {
    partition: 'aws',
    service: 'chime',
    region: 'us-east-1',
    accountId: '123456789012',
    resource: 'app-instance/a/user/us-east-1:b',
  });
});

test('region and account may be empty', () => {
  assert.equal(parseArn('arn:aws:iam::123456789012:root')?.region, '');
  assert.equal(parseArn('arn:aws:s3:::bucket')?.accountId, '');
});

test('anything else is no ARN', () => {
  for (const text of [
    '',
    'arn',
    'arn:aws:iam::1:',
    'arn:aws:iam::1',
    'urn:aws:iam::1:root',
    'arn::iam::1:root',
    'room/a',
  ]) {
    assert.equal(parseArn(text), undefined, text);
  }
});

test('a scope names the resources of its own', () => {
  const scope = createScope('ivschat', 'us-west-2', '123456789012');
  assert.equal(scope.arn('room/*'), 'arn:aws:ivschat:us-west-2:123456789012:room/*');
});
