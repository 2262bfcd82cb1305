import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  boolean,
  enumeration,
  header,
  integer,
  list,
  map,
  optional,
  type Problem,
  path,
  query,
  readInput,
  type Shape,
  type Structure,
  string,
  structure,
  timestamp,
  union,
} from '../../../src/aws/shape.ts';

function read<T>(shape: Shape<T>, value: unknown): { value: T | undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  return { value: shape.read(value, 'member', problems), problems };
}

function accepts(shape: Shape<unknown>, value: unknown): void {
  const result = read(shape, value);
  assert.deepEqual(result.problems, []);
  assert.notEqual(result.value, undefined);
}

function refuses(shape: Shape<unknown>, value: unknown, message: string | RegExp, name = 'member'): void {
  const { problems, value: given } = read(shape, value);
  assert.equal(given, undefined);
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.name, name);
  assert.match(problems[0]?.message ?? '', typeof message === 'string' ? new RegExp(message) : message);
}

describe('a string', () => {
  test('is counted in code points', () => {
    accepts(string({ max: 2 }), '👍👍');
    refuses(string({ max: 2 }), '👍👍👍', 'length must be at most 2');
    accepts(string({ min: 2 }), '👍👍');
    refuses(string({ min: 2 }), '👍', 'length must be at least 2');
  });

  test('is within its bounds exactly when its code points are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.nat(6), fc.nat(6), (text, min, more) => {
        const count = [...text].length;
        const { problems } = read(string({ min, max: min + more }), text);
        assert.equal(problems.length === 0, count >= min && count <= min + more);
      }),
    );
  });

  test('matches its pattern as a whole', () => {
    const name = string({ pattern: /[a-z]*/ });
    accepts(name, '');
    accepts(name, 'abc');
    for (const wrong of ['abc1', '1abc', 'a c', 'abc\n']) refuses(name, wrong, /must match \[a-z\]\*/);
  });

  test('matches all of an alternative', () => {
    const either = string({ pattern: /$|^ab/ });
    accepts(either, '');
    accepts(either, 'ab');
    refuses(either, 'abc', 'must match');
  });

  test('is well-formed Unicode', () => refuses(string(), '\ud800', 'well-formed'));

  test('is no other JSON type', () => {
    for (const wrong of [1, true, [], {}, ['a']]) refuses(string(), wrong, 'must be a string');
  });
});

test('an enumeration takes its values alone', () => {
  const shape = enumeration('ALLOW', 'DENY');
  accepts(shape, 'ALLOW');
  for (const wrong of ['allow', '', 1, ['ALLOW']]) refuses(shape, wrong, 'must be one of ALLOW, DENY');
});

test('an integer has bounds and no fraction', () => {
  const shape = integer({ min: 1, max: 500 });
  accepts(shape, 1);
  accepts(shape, 500);
  for (const wrong of [0, 501, -1]) refuses(shape, wrong, 'must be between 1 and 500');
  for (const wrong of [1.5, '5', 2 ** 53, true]) refuses(shape, wrong, 'must be an integer');
});

test('a boolean is true or false', () => {
  accepts(boolean(), false);
  refuses(boolean(), 'false', 'true or false');
});

test('a timestamp has a zone', () => {
  accepts(timestamp(), '2022-03-16T04:44:09.653Z');
  accepts(timestamp(), '2022-03-16T04:44:09+01:00');
  for (const wrong of ['2022-03-16T04:44:09', '2022-13-16T04:44:09Z', 1647405849])
    refuses(timestamp(), wrong, 'timestamp');
});

test('a list counts its items and names the wrong one', () => {
  const shape = list(integer(), { min: 1, max: 2 });
  assert.deepEqual(read(shape, [1, 2]).value, [1, 2]);
  refuses(shape, [], 'number of items must be between 1 and 2');
  refuses(shape, [1, 2, 3], 'number of items');
  refuses(shape, [1, null], 'must be an integer', 'member[1]');
  refuses(shape, { 0: 1 }, 'must be a list');
});

describe('a map', () => {
  const shape = map(string({ min: 1, max: 20 }), string(), { max: 2 });

  test('counts its entries and names the wrong one', () => {
    refuses(shape, { a: '', b: '', c: '' }, 'number of entries must be at most 2');
    refuses(shape, { a: 1 }, 'must be a string', 'member.a');
    refuses(shape, { '': 'a' }, 'length must be between', 'member (key)');
    refuses(shape, ['a'], 'must be a map');
  });

  test('takes the names of object members as any other', () => {
    const { value } = read(shape, JSON.parse('{"__proto__":"p","constructor":"c"}'));
    assert.deepEqual(Object.entries(value ?? {}), [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    assert.equal(Object.getPrototypeOf(value), null);
  });
});

describe('a structure', () => {
  const shape = structure({ name: string(), size: optional(integer()), inner: optional(structure({ a: string() })) });

  test('needs all but its optional members', () => {
    assert.deepEqual(read(shape, { name: 'n' }).value, { name: 'n' });
    refuses(shape, {}, 'is required', 'member.name');
  });

  test('takes null as absent', () => {
    assert.deepEqual(read(shape, { name: 'n', size: null }).value, { name: 'n' });
    refuses(shape, { name: null }, 'is required', 'member.name');
  });

  test('tells all that is wrong, by path', () => {
    const { problems } = read(shape, { size: 'x', inner: { a: 1 } });
    assert.deepEqual(
      problems.map(({ name }) => name),
      ['member.name', 'member.size', 'member.inner.a'],
    );
  });

  test('is a JSON object', () => {
    for (const wrong of ['x', 1, [], true]) refuses(shape, wrong, 'must be a JSON object');
  });

  test('ignores unknown members, those of every object among them', () => {
    const { value } = read(
      shape,
      JSON.parse('{"name":"n","__proto__":{"size":1},"constructor":{"a":1},"prototype":2}'),
    );
    assert.deepEqual(value, { name: 'n' });
    assert.equal(read(structure({ toString: optional(string()) }), {}).problems.length, 0);
  });

  test('tells of a bounded number of problems with names of bounded length', () => {
    const attributes = structure(Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`m${i}`, string()])));
    assert.equal(read(attributes, {}).problems.length, 16);
    const [problem] = read(map(string(), string()), { ['k'.repeat(9999)]: 1 }).problems;
    assert.equal(problem?.name.length, 200);
  });
});

test('a union has exactly one of its members', () => {
  const shape = union({
    s3: structure({ bucketName: string() }),
    firehose: structure({ deliveryStreamName: string() }),
  });
  assert.deepEqual(read(shape, { s3: { bucketName: 'b' }, firehose: null, other: 1 }).value, {
    s3: { bucketName: 'b' },
  });
  refuses(shape, {}, 'must have exactly one of s3, firehose');
  refuses(shape, { s3: { bucketName: 'b' }, firehose: { deliveryStreamName: 'd' } }, 'exactly one');
  refuses(shape, { s3: {} }, 'is required', 'member.s3.bucketName');
});

describe('the input of an operation', () => {
  const shape = structure({
    arn: path('label', string({ min: 1 })),
    keys: query('key', list(string())),
    size: optional(query('size', integer())),
    all: optional(query('all', boolean())),
    bearer: optional(header('X-Amz-Bearer', string())),
    name: optional(string()),
  });
  const parameters: Record<string, string[]> = {
    'path label': ['a/b'],
    'query key': ['x', 'y'],
    'query size': ['12'],
    'query all': ['false'],
    'header x-amz-bearer': ['me'],
  };
  function input<T>(from: Structure<T>, body: unknown, given = parameters) {
    const problems: Problem[] = [];
    const value = readInput(
      from,
      { body, parameter: ({ in: place, name }) => given[`${place} ${name}`] ?? [] },
      problems,
    );
    return { value, problems };
  }

  test('comes from path, query, headers and body', () => {
    const { value } = input(shape, { name: 'n', arn: 'not from here' });
    assert.deepEqual(value, { arn: 'a/b', keys: ['x', 'y'], size: 12, all: false, bearer: 'me', name: 'n' });
  });

  test('needs no body when nothing in it is required', () => assert.equal(input(shape, undefined).value?.arn, 'a/b'));

  test('has problems like any structure', () => {
    const { problems } = input(shape, { name: 1 }, { 'query size': ['1.5'] });
    assert.deepEqual(problems, [
      { name: 'arn', message: 'is required' },
      { name: 'keys', message: 'is required' },
      { name: 'size', message: 'must be an integer' },
      { name: 'name', message: 'must be a string' },
    ]);
  });

  test('is refused when the body is no JSON object', () => {
    for (const body of [[], 'x', 1, null, true]) {
      assert.deepEqual(input(shape, body).problems, [{ name: 'body', message: 'must be a JSON object' }]);
    }
  });
});

test('no JSON makes a shape throw or take what it does not say', () => {
  const shape = structure({
    name: optional(string({ max: 3, pattern: /[a-z]*/ })),
    tags: optional(map(string({ max: 2 }), string())),
    items: optional(list(integer())),
    one: optional(union({ a: string(), b: integer() })),
  });
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
      const problems: Problem[] = [];
      const body = { name: value, tags: other, items: value, one: other };
      const result = shape.read(body, '', problems);
      assert.equal(result === undefined, problems.length > 0);
    }),
  );
});
