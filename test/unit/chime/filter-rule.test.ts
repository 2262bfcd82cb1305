/** Filter rules: which messages they fit, and what they may look like (spec/chime-messaging 3.2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Attributes, matches, parseFilterRule } from '../../../src/chime/messaging/filter-rule.ts';

const fits = (rule: unknown, attributes?: Readonly<Record<string, readonly string[]>>) =>
  matches(
    parseFilterRule(JSON.stringify(rule)),
    attributes &&
      Object.fromEntries(Object.entries(attributes).map(([name, StringValues]) => [name, { StringValues }])),
  );

function refuses(text: string, message: string): void {
  assert.throws(() => parseFilterRule(text), {
    type: 'BadRequestException',
    body: { Code: 'BadRequest', Message: message },
  });
}

describe('a rule fits', () => {
  test('a message with one of the values', () => {
    assert.equal(fits({ mention: ['Bob'] }, { mention: ['Bob', 'Alice'] }), true);
    assert.equal(fits({ mention: ['Carol', 'Bob'] }, { mention: ['Bob'] }), true);
    assert.equal(fits({ mention: ['Bob'] }, { mention: ['Tom'] }), false);
    assert.equal(fits({ mention: ['Bob'] }, { mention: ['bob', 'Bob '] }), false);
  });

  test('with anything-but a message that has the attribute with none of the values', () => {
    const rule = { type: [{ 'anything-but': ['Room', 'Hall'] }] };
    assert.equal(fits(rule, { type: ['Conversation'] }), true);
    assert.equal(fits(rule, { type: ['Hall'] }), false);
    assert.equal(fits(rule, { type: ['Conversation', 'Room'] }), false);
    assert.equal(fits(rule, { mention: ['Bob'] }), false);
    assert.equal(fits(rule, { type: [] }), false);
  });

  test('only where all attributes do', () => {
    const rule = { type: [{ 'anything-but': ['Room'] }], mention: ['Bob'] };
    assert.equal(fits(rule, { type: ['Conversation'], mention: ['Bob'] }), true);
    assert.equal(fits(rule, { type: ['Room'], mention: ['Bob'] }), false);
    assert.equal(fits(rule, { mention: ['Bob'] }), false);
  });

  test('with $or where one alternative does', () => {
    const rule = { $or: [{ mention: ['Bob'] }, { type: [{ 'anything-but': ['Room'] }] }] };
    assert.equal(fits(rule, { mention: ['Bob'] }), true);
    assert.equal(fits(rule, { type: ['Conversation'] }), true);
    assert.equal(fits(rule, { type: ['Room'] }), false);
  });

  test('no message without attributes', () => {
    assert.equal(fits({ mention: ['Bob'] }), false);
    assert.equal(fits({ constructor: ['Bob'] }, {}), false);
    assert.equal(matches(parseFilterRule('{"mention":["Bob"]}'), { mention: {} }), false);
  });

  test('attributes that are named as members of every object', () => {
    const rule = parseFilterRule('{"__proto__":["x"],"constructor":["y"]}');
    const attributes: Attributes = JSON.parse(
      '{"__proto__":{"StringValues":["x"]},"constructor":{"StringValues":["y"]}}',
    );
    assert.equal(matches(rule, attributes), true);
    assert.equal(matches(rule, {}), false);
  });
});

describe('refused, with the place', () => {
  for (const [text, message] of [
    ['{"mention":', 'FilterRule: must be JSON.'],
    ['"Bob"', 'FilterRule: must be an object.'],
    ['null', 'FilterRule: must be an object.'],
    ['[]', 'FilterRule: must be an object.'],
    ['{}', 'FilterRule: must name an attribute.'],
    ['{"mention":"Bob"}', 'FilterRule["mention"]: must be a list that is not empty.'],
    ['{"mention":[]}', 'FilterRule["mention"]: must be a list that is not empty.'],
    ['{"a":["b"],"mention":["Bob",7]}', 'FilterRule["mention"][1]: must be a string or {"anything-but": [...]}.'],
    ['{"a":[{"prefix":["b"]}]}', 'FilterRule["a"][0]: must be a string or {"anything-but": [...]}.'],
    [
      '{"a":[{"anything-but":["b"],"prefix":["b"]}]}',
      'FilterRule["a"][0]: must be a string or {"anything-but": [...]}.',
    ],
    ['{"a":[{}]}', 'FilterRule["a"][0]: must be a string or {"anything-but": [...]}.'],
    ['{"a":[{"anything-but":"b"}]}', 'FilterRule["a"][0]["anything-but"]: must be a list that is not empty.'],
    ['{"a":[{"anything-but":["b",null]}]}', 'FilterRule["a"][0]["anything-but"][1]: must be a string.'],
    ['{"$or":[]}', 'FilterRule["$or"]: must be a list that is not empty.'],
    ['{"$or":[{"a":["b"]}],"c":["d"]}', 'FilterRule: $or must stand alone.'],
    [
      '{"$or":[{"a":["b"]},{"$or":[{"c":[{}]}]}]}',
      'FilterRule["$or"][1]["$or"][0]["c"][0]: must be a string or {"anything-but": [...]}.',
    ],
  ] as const) {
    test(text, () => refuses(text, message));
  }
});

describe('limits', () => {
  test('five alternatives, not six', () => {
    const rule = (count: number) => JSON.stringify({ $or: Array.from({ length: count }, () => ({ a: ['b'] })) });
    parseFilterRule(rule(5));
    refuses(rule(6), 'FilterRule["$or"]: at most 5 alternatives.');
  });

  test('a complexity of 20: attributes and values together, wherever they stand', () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
    parseFilterRule(JSON.stringify({ a: values(19) }));
    parseFilterRule(JSON.stringify({ $or: [{ a: [{ 'anything-but': values(8) }] }, { b: values(10) }] }));
    for (const rule of [
      { a: values(20) },
      { a: [{ 'anything-but': values(20) }] },
      { $or: [{ a: [{ 'anything-but': values(9) }] }, { b: values(10) }] },
    ]) {
      refuses(JSON.stringify(rule), 'FilterRule: at most 20 attributes and values.');
    }
  });

  test('2,048 bytes, not characters', () => {
    const rule = (bytes: number) => `{"a":["${'é'.repeat((bytes - 10) / 2)}"]}`;
    parseFilterRule(rule(2048));
    refuses(rule(2050), 'FilterRule: at most 2048 bytes.');
  });
});

describe('whatever the rule and the attributes', () => {
  type Rule = { readonly [name: string]: readonly unknown[] };

  /** Reads the JSON as the grammar says it, without a parsed form. */
  function fitsNaively(rule: Rule, attributes: Readonly<Record<string, readonly string[]>>): boolean {
    for (const [name, matchers] of Object.entries(rule)) {
      let any = false;
      for (const matcher of matchers) {
        if (name === '$or') any ||= fitsNaively(matcher as Rule, attributes);
        else if (typeof matcher === 'string') any ||= new Set(attributes[name]).has(matcher);
        else {
          const unwanted = new Set((matcher as Rule)['anything-but']);
          const values = attributes[name] ?? [];
          any ||= values.length > 0 && values.filter((value) => unwanted.has(value)).length === 0;
        }
      }
      if (!any) return false;
    }
    return true;
  }

  const name = fc.constantFrom('a', 'b', 'c');
  const value = fc.constantFrom('x', 'y', 'z', '');
  const values = fc.array(value, { minLength: 1, maxLength: 2 });
  const matcher = fc.oneof(value, fc.record({ 'anything-but': values }));
  const conditions = fc.dictionary(name, fc.array(matcher, { minLength: 1, maxLength: 2 }), { minKeys: 1, maxKeys: 2 });
  const { rule } = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      conditions,
      fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((alternatives) => ({ $or: alternatives })),
    ),
  }));
  const attributes = fc.dictionary(name, fc.array(value, { maxLength: 3 }));

  test('it fits as the naive evaluator says, or is too complex', () => {
    let decided = 0;
    fc.assert(
      fc.property(rule, attributes, (rule, attributes) => {
        let fitting: boolean;
        try {
          fitting = fits(rule, attributes);
        } catch (error) {
          assert.match(JSON.stringify(error), /at most 20 attributes and values/);
          return;
        }
        decided++;
        assert.equal(fitting, fitsNaively(rule, attributes));
      }),
      { numRuns: 2000 },
    );
    assert.ok(decided > 1000);
  });

  test('whatever the text, it is a rule or a bad request', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseFilterRule(text);
        } catch (error) {
          assert.equal((error as { type?: unknown }).type, 'BadRequestException');
        }
      }),
    );
  });
});
