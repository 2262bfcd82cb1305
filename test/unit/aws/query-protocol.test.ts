import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createScope } from '../../../src/aws/arn.ts';
import { AccessDenied, errorType, InvalidSignature } from '../../../src/aws/errors.ts';
import { queryOperationsWith, type Service } from '../../../src/aws/operation.ts';
import { createQueryProtocol } from '../../../src/aws/query-protocol.ts';
import { boolean, integer, list, map, optional, type Problem, string, structure } from '../../../src/aws/shape.ts';
import { escapeXml } from '../../../src/aws/xml.ts';

const operation = queryOperationsWith<object>();
const Tag = structure({ Key: string(), Value: string() });
const NoSuchEntity = errorType<{ message: string }>('NoSuchEntity', 404);

const service: Service = {
  name: 'test',
  signingName: 'test',
  query: { version: '2010-05-08', namespace: 'https://example.com/doc/2010-05-08/' },
  scope: createScope('test', '', '123456789012'),
  context: {},
  throttle: () => undefined,
  invalid: () => NoSuchEntity({ message: '' }),
  internal: () => NoSuchEntity({ message: '' }),
  operations: {
    Make: operation({
      action: 'test:Make',
      input: structure({
        Name: optional(string()),
        Size: optional(integer()),
        Quiet: optional(boolean()),
        Tags: optional(list(Tag)),
        Colors: optional(map(string(), string())),
        Inner: optional(structure({ Names: list(string()) })),
      }),
      output: structure({
        Name: string(),
        Sizes: list(integer()),
        Tags: list(Tag),
        Colors: map(string(), string()),
        Absent: optional(string()),
      }),
      errors: [],
      resource: () => '*',
      handle: () => assert.fail(),
    }),
    Break: operation({
      action: 'test:Break',
      input: structure({}),
      errors: [],
      resource: () => '*',
      handle: () => undefined,
    }),
  },
};
const protocol = createQueryProtocol([service]);

function request(body: string | Buffer, more: { method?: string; target?: string; type?: string } = {}) {
  const { method = 'POST', target = '/', type = 'application/x-www-form-urlencoded; charset=utf-8' } = more;
  return { method, target, rawHeaders: [], headers: { 'content-type': type }, body: Buffer.from(body), address: '' };
}

function inputOf(parameters: string): { input: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  const identified = protocol.identify(request(`Version=2010-05-08&Action=Make&${parameters}`));
  return { input: identified?.readInput(problems), problems };
}

describe('a request of the query protocol', () => {
  test('is a form posted to the root, or a query string there that names an action', () => {
    assert.equal(protocol.speaks(request('')), true);
    assert.equal(protocol.speaks(request('', { target: '/?x=1' })), true);
    assert.equal(protocol.speaks(request('', { method: 'GET', target: '/?Action=Make' })), true);
    assert.equal(protocol.speaks(request('', { method: 'GET' })), false);
    assert.equal(protocol.speaks(request('', { target: '/CreateRoom' })), false);
    assert.equal(protocol.speaks(request('', { type: 'application/json' })), false);
  });

  test('is found by version and action', () => {
    assert.equal(protocol.identify(request('Action=Make&Version=2010-05-08'))?.name, 'Make');
    assert.equal(
      protocol.identify(request('', { method: 'GET', target: '/?Version=2010-05-08&Action=Break' }))?.name,
      'Break',
    );
  });

  for (const body of ['', 'Action=Make', 'Action=Make&Version=1', 'Action=toString&Version=2010-05-08']) {
    test(`is InvalidAction for ${JSON.stringify(body)}`, () => {
      assert.throws(() => protocol.identify(request(body)), { type: 'InvalidAction', status: 400 });
    });
  }

  for (const body of ['Action=%', 'Action=%ff', Buffer.from([0xff]), 'a=&'.repeat(2001)]) {
    test(`is malformed as ${String(body).slice(0, 10)}`, () => {
      assert.throws(() => protocol.identify(request(body)), { type: 'MalformedHttpRequestException', status: 400 });
    });
  }
});

describe('parameters', () => {
  test('are strings, integers and booleans', () => {
    const { input } = inputOf('Name=a+b%26c&Size=7&Quiet=true');
    assert.deepEqual(input, { Name: 'a b&c', Size: 7, Quiet: true });
  });

  test('hold lists of structures', () => {
    const { input } = inputOf(
      'Tags.member.2.Key=b&Tags.member.1.Value=1&Tags.member.1.Key=a&Tags.member.2.Value=&Tags.member.10.Key=c&Tags.member.10.Value=3',
    );
    const expected = { Key: 'a', Value: '1' };
    assert.deepEqual(input, { Tags: [expected, { Key: 'b', Value: '' }, { Key: 'c', Value: '3' }] });
  });

  test('hold maps', () => {
    const { input } = inputOf(
      'Colors.entry.1.key=sky&Colors.entry.1.value=blue&Colors.entry.2.key=__proto__&Colors.entry.2.value=x',
    );
    assert.deepEqual(Object.entries({ ...(input as { Colors: object }).Colors }), [
      ['sky', 'blue'],
      ['__proto__', 'x'],
    ]);
  });

  test('hold structures', () => {
    assert.deepEqual(inputOf('Inner.Names.member.1=x').input, { Inner: { Names: ['x'] } });
  });

  test('may be an empty list', () => {
    assert.deepEqual(inputOf('Tags=').input, { Tags: [] });
  });

  test('that break their shape are named', () => {
    const names = (parameters: string) => inputOf(parameters).problems.map(({ name }) => name);
    assert.deepEqual(names('Size=seven'), ['Size']);
    assert.deepEqual(names('Quiet=yes'), ['Quiet']);
    assert.deepEqual(names('Tags.member.1.Key=a'), ['Tags[0].Value']);
  });

  test('of any form are read or refused, never a failure', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9.]{0,40}$/);
    const parameter = fc.tuple(fc.oneof(name, fc.constantFrom('Tags.member.1', 'Colors.entry', 'Inner')), fc.string());
    fc.assert(
      fc.property(fc.array(parameter), (parameters) => {
        inputOf(String(new URLSearchParams(parameters.map(([n, text]) => [n, text]))));
      }),
    );
  });
});

describe('an answer', () => {
  const identified = protocol.identify(request('Action=Make&Version=2010-05-08'));

  test('is XML with the result and the request id', () => {
    const output = { Name: 'a<b>&"\'', Sizes: [1, 2], Tags: [{ Key: 'k', Value: '' }], Colors: { sky: 'blue' } };
    assert.deepEqual(identified?.reply('id-1', output), {
      status: 200,
      headers: { 'x-amzn-RequestId': 'id-1', 'content-type': 'text/xml' },
      body:
        '<MakeResponse xmlns="https://example.com/doc/2010-05-08/"><MakeResult><Name>a&lt;b&gt;&amp;&quot;&apos;</Name>' +
        '<Sizes><member>1</member><member>2</member></Sizes>' +
        '<Tags><member><Key>k</Key><Value></Value></member></Tags>' +
        '<Colors><entry><key>sky</key><value>blue</value></entry></Colors></MakeResult>' +
        '<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></MakeResponse>',
    });
  });

  test('of an operation without output has the request id alone', () => {
    const reply = protocol.identify(request('Action=Break&Version=2010-05-08'))?.reply('id-1', undefined);
    assert.equal(
      reply?.body,
      '<BreakResponse xmlns="https://example.com/doc/2010-05-08/">' +
        '<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></BreakResponse>',
    );
  });

  test('of an error has its code and message', () => {
    const { status, body } = protocol.fail('id-1', NoSuchEntity({ message: 'no <user>' }), service);
    assert.equal(status, 404);
    assert.equal(
      body,
      '<ErrorResponse xmlns="https://example.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>' +
        '<Message>no &lt;user&gt;</Message></Error><RequestId>id-1</RequestId></ErrorResponse>',
    );
  });

  test('has the codes of this protocol', () => {
    const codeOf = (error: Parameters<typeof protocol.fail>[1]) =>
      /<Code>(.*)<\/Code>/.exec(String(protocol.fail('', error, undefined).body))?.[1];
    assert.equal(codeOf(AccessDenied({ message: '' })), 'AccessDenied');
    assert.equal(codeOf(InvalidSignature({ message: '' })), 'SignatureDoesNotMatch');
  });
});

test('text that XML cannot hold is replaced', () => {
  assert.equal(escapeXml('a\0b\u{1f600}\ud800c\r\n\t\uffff'), 'a\ufffdb\u{1f600}\ufffdc&#xD;\n\t\ufffd');
});
