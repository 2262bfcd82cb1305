import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope } from '../../../src/aws/arn.ts';
import { AwsError } from '../../../src/aws/errors.ts';
import { type Operation, operationsWith, type Service } from '../../../src/aws/operation.ts';
import { createRouter, parseQuery } from '../../../src/aws/router.ts';
import { structure } from '../../../src/aws/shape.ts';

function serviceOf(routes: Record<string, Operation<unknown, unknown, object>['http']>): Service {
  const declare = operationsWith<object>();
  const operations = Object.fromEntries(
    Object.entries(routes).map(([name, http]) => [
      name,
      declare({
        http,
        action: `test:${name}`,
        resource: () => '*',
        input: structure({}),
        errors: [],
        handle: () => undefined,
      }),
    ]),
  );
  return {
    name: 'test',
    signingName: 'test',
    scope: createScope('test', 'us-east-1', '000000000000'),
    operations,
    context: {},
    throttle: () => undefined,
    invalid: () => new AwsError('Invalid', 400, {}),
    internal: () => new AwsError('Internal', 500, {}),
  };
}

const router = createRouter([
  serviceOf({
    CreateRoom: 'POST /CreateRoom 200',
    TagResource: 'POST /tags/{resourceArn} 200',
    ListTags: 'GET /tags/{resourceArn} 200',
    CreateChannel: 'POST /channels 201',
    SearchChannels: 'POST /channels?operation=search 200',
    DescribeChannel: 'GET /channels/{channelArn} 200',
    GetMessage: 'GET /channels/{channelArn}/messages/{messageId} 200',
    GetStatus: 'GET /channels/{channelArn}/messages/{messageId}?scope=message-status 200',
    Moderators: 'GET /channels/{channelArn}/moderators 200',
  }),
]);
const find = (method: string, target: string) => router.find(method, target)?.name;

test('a route is a method and a path', () => {
  assert.equal(find('POST', '/CreateRoom'), 'CreateRoom');
  for (const [method, target] of [
    ['GET', '/CreateRoom'],
    ['POST', '/createroom'],
    ['POST', '/CreateRoom/'],
    ['POST', '//CreateRoom'],
    ['POST', '/'],
    ['POST', ''],
    ['POST', '*'],
    ['POST', 'http://localhost/CreateRoom'],
    ['OPTIONS', '*'],
    ['POST', '/CreateRoom/more'],
    ['POST', '/constructor'],
  ] as const) {
    assert.equal(find(method, target), undefined, `${method} ${target}`);
  }
});

test('the status of success stands in the route', () => assert.equal(router.find('POST', '/channels')?.status, 201));

test('a label is one raw segment, decoded once', () => {
  const match = router.find('POST', '/tags/arn%3Aaws%3Aivschat%3A%2Froom%2F%2541');
  assert.equal(match?.name, 'TagResource');
  assert.equal(match?.pathParameter('resourceArn'), 'arn:aws:ivschat:/room/%41');
  assert.equal(find('POST', '/tags/arn:aws/room'), undefined);
});

test('labels are told apart', () => {
  const match = router.find('GET', '/channels/a%2Fb/messages/c');
  assert.equal(match?.pathParameter('channelArn'), 'a/b');
  assert.equal(match?.pathParameter('messageId'), 'c');
  assert.equal(match?.pathParameter('none'), undefined);
});

test('a fixed query parameter singles an operation out', () => {
  assert.equal(find('POST', '/channels?operation=search'), 'SearchChannels');
  assert.equal(find('POST', '/channels?max-results=5&operation=search'), 'SearchChannels');
  assert.equal(find('POST', '/channels?operation=other'), 'CreateChannel');
  assert.equal(find('GET', '/channels/c/messages/m?scope=message-status'), 'GetStatus');
  assert.equal(find('GET', '/channels/c/messages/m'), 'GetMessage');
});

test('query parameters are decoded and may be repeated', () => {
  const match = router.find('GET', '/tags/x?tagKeys=a%20b&other=1&tagKeys=c%26d&tagKeys');
  assert.deepEqual(match?.queryParameter('tagKeys'), ['a b', 'c&d', '']);
  assert.deepEqual(parseQuery('a=b+c&&d=e=f'), [
    ['a', 'b c'],
    ['d', 'e=f'],
  ]);
});

test('a target that is not percent-encoded UTF-8 is malformed', () => {
  for (const target of ['/tags/%', '/tags/%ff', '/CreateRoom?a=%zz']) {
    assert.throws(() => router.find('POST', target), { type: 'MalformedHttpRequestException', status: 400 });
  }
});

test('a path prefix is cut off', () => {
  const prefixed = createRouter([serviceOf({ CreateRoom: 'POST /CreateRoom 200' })], '/pre/fix');
  assert.equal(prefixed.find('POST', '/pre/fix/CreateRoom')?.name, 'CreateRoom');
  assert.equal(prefixed.find('POST', '/CreateRoom'), undefined);
  assert.equal(prefixed.find('POST', '/pre/fixCreateRoom'), undefined);
});

test('two operations cannot have one route', () => {
  assert.throws(
    () => createRouter([serviceOf({ A: 'GET /x/{a} 200' }), serviceOf({ B: 'GET /x/{b} 200' })]),
    /B of test/,
  );
});
