/** The table of IAM operations against what AWS itself publishes in its SDK. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-iam';
import type { Operation } from '../../../src/aws/operation.ts';
import type { Shape } from '../../../src/aws/shape.ts';
import { iamOperations } from '../../../src/iam/service.ts';

/** A shape as both sides can say it. */
type Plain = string | { readonly [member: string]: Plain };

/** A shape of ours. */
function ofShape({ type, members, member }: Shape<unknown>): Plain {
  if (members) return Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, ofShape(shape)]));
  return member ? { [type]: ofShape(member) } : type;
}

const SIMPLE = new Map<unknown, Plain>([
  [0, 'string'],
  [1, 'integer'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [64, { list: 'string' }],
]);

/** A schema of the SDK: arrays that begin with a code, behind functions and beside traits. */
function ofSchema(schema: unknown): Plain {
  const given = typeof schema === 'function' ? schema() : schema;
  if (!Array.isArray(given)) return SIMPLE.get(given) ?? String(given);
  const [code, second, third, , fifth, sixth] = given;
  if (code === 0 && typeof second === 'string' && typeof third === 'string') return ofSchema(fifth);
  if (given.length === 2) return ofSchema(code);
  if (code === 1) return { list: ofSchema(fifth) };
  if (code === 2) return { map: ofSchema(sixth) };
  if (code === 3 || code === 4) {
    // A union is told apart from a structure by newer clients alone.
    const names: string[] = fifth;
    return Object.fromEntries(names.map((name, i) => [name, ofSchema(sixth[i])]));
  }
  throw new Error(`an SDK schema of an unknown kind: ${JSON.stringify(given)}`);
}

interface Command {
  readonly schema: readonly [number, string, string, unknown, unknown, unknown];
}

function schemaOf(name: string): Command['schema'] {
  const command = Object.entries(sdk).find(([exported]) => exported === `${name}Command`)?.[1];
  const { schema } = Reflect.construct(command as new () => Command, [{}]);
  return schema;
}

describe('an operation is that of the SDK', () => {
  for (const [name, operation] of Object.entries<Operation<unknown, unknown, never>>(iamOperations)) {
    test(name, () => {
      const [, , itsName, , input, output] = schemaOf(name);
      assert.equal(itsName, name);
      assert.equal(operation.action, `iam:${name}`);
      assert.equal(operation.http, 'POST / 200');
      const itsInput = ofSchema(input);
      // What is never paged, and what is never there, is left out.
      assert.partialDeepStrictEqual(itsInput, ofShape(operation.input));
      if (operation.output) assert.partialDeepStrictEqual(ofSchema(output), ofShape(operation.output));
    });
  }
});

test('errors are those of the query protocol', () => {
  const codes = Object.values<Operation<unknown, unknown, never>>(iamOperations).flatMap(({ errors }) => errors);
  for (const { type } of codes) assert.doesNotMatch(type, /Exception$/);
});
