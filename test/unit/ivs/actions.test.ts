/** Requests as they are read and checked, before anything is known of room and rates (spec/ivs-chat 2.2 to 2.5). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createLimits } from '../../../src/engine/quotas.ts';
import { actionOf, actions, parseRequest, type Request } from '../../../src/ivs/actions.ts';
import { createSocketLimits, ivsQuotas } from '../../../src/ivs/limits.ts';

const MEMBERS = ['Action', 'RequestId', 'Content', 'Attributes', 'Id', 'Reason', 'UserId'];
/** A letter, a character of two, three or four bytes, or half a surrogate pair. */
const unit = fc.constantFrom('a', 'ü', '你', '😀', '\ud83d', '\ude00', '"', '\\', '\0', '{', ':');
const clock = { monotonic: () => 0 };
const limits = createSocketLimits(
  createLimits({ mode: 'default', overrides: new Map(), quotas: ivsQuotas({}), clock }),
  clock,
);

function request(members: object): Request {
  const parsed = parseRequest(JSON.stringify(members));
  assert.ok(parsed);
  return parsed;
}

describe('reading', () => {
  test('any text gives a request or undefined, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.json()), (text) => {
        const parsed = parseRequest(text);
        if (parsed !== undefined) for (const name of parsed.keys()) assert.ok(MEMBERS.includes(name));
      }),
      { numRuns: 500 },
    );
  });

  test('only a JSON object is a request', () => {
    for (const text of ['', '{', 'null', '1', '"a"', '[]', '[{}]', 'true', '{}x', '\u0000']) {
      assert.equal(parseRequest(text), undefined, text);
    }
    assert.equal(parseRequest('{}')?.size, 0);
    assert.equal(parseRequest(' \r\n\t{} ')?.size, 0);
  });

  test('names match in any case', () => {
    const inAnyCase = fc.constantFrom(...MEMBERS).chain((name) =>
      fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((upper) => {
        const spelled = [...name].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase()));
        return { name, spelled: spelled.join('') };
      }),
    );
    fc.assert(
      fc.property(inAnyCase, ({ name, spelled }) => {
        assert.deepEqual([...request({ [spelled]: 'value' })], [[name, 'value']]);
      }),
    );
  });

  test('names that are not known are left out, and no value is merged into anything', () => {
    const text =
      '{"__proto__":{"Action":"SEND_MESSAGE"},"constructor":1,"prototype":2,"Actio":3,"Action ":4,"Ａction":5}';
    assert.equal(parseRequest(text)?.size, 0);
    assert.equal('Action' in {}, false);
  });
});

describe('the action', () => {
  test('is one of three, spelled exactly', () => {
    for (const name of ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] as const) {
      assert.equal(actionOf(request({ Action: name })), actions[name]);
      assert.equal(actions[name].capability, name);
    }
  });

  test('is none for any other name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (name) => {
        fc.pre(typeof name !== 'string' || !Object.hasOwn(actions, name));
        assert.equal(actionOf(request({ Action: name })), undefined);
      }),
    );
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.equal(actionOf(request({ Action: name })), undefined);
    }
  });
});

describe('checking', () => {
  const good = {
    SEND_MESSAGE: { Content: 'hello' },
    DELETE_MESSAGE: { Id: 'AAAAbbbb1234' },
    DISCONNECT_USER: { UserId: 'bob' },
  };

  for (const action of Object.values(actions)) {
    test(`${action.capability} with any members gives an error of 400 or 413, or none`, () => {
      const members = fc.record(
        {
          Content: fc.jsonValue(),
          Attributes: fc.jsonValue(),
          Id: fc.jsonValue(),
          UserId: fc.jsonValue(),
          Reason: fc.jsonValue(),
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(members, (given) => {
          const wrong = action.check(request(given), limits);
          assert.ok(wrong === undefined || wrong.code === 400 || wrong.code === 413);
        }),
      );
    });

    test(`${action.capability} with its member alone is right`, () => {
      assert.equal(action.check(request(good[action.capability]), limits), undefined);
    });
  }

  test('attributes count as bytes of UTF-8, keys and values together', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit, maxLength: 30 }), fc.string({ unit, maxLength: 120 })), (given) => {
        const bytes = Object.entries(given).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
        const wrong = actions.SEND_MESSAGE.check(request({ Content: 'hello', Attributes: given }), limits);
        assert.equal(wrong?.code, bytes > 1024 ? 413 : undefined);
      }),
    );
  });

  test('lengths count in code points', () => {
    const { check } = actions.DISCONNECT_USER;
    fc.assert(
      fc.property(fc.string({ unit, minLength: 100, maxLength: 150 }), (UserId) => {
        assert.equal(check(request({ UserId }), limits)?.code, [...UserId].length > 128 ? 413 : undefined);
      }),
    );
  });
});
