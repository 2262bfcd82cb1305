/** The tables of operations against what AWS itself publishes: the SDK's schemas, and the facts of the service models. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as identitySdk from '@aws-sdk/client-chime-sdk-identity';
import * as messagingSdk from '@aws-sdk/client-chime-sdk-messaging';
import type { Operations } from '../../../src/aws/operation.ts';
import type { Shape } from '../../../src/aws/shape.ts';
import type { ChimeContext } from '../../../src/chime/operation.ts';
import { identityOperations, messagingOperations } from '../../../src/chime/service.ts';
import { tags } from '../../../src/chime/tags.ts';
import { ofSchema, ofShape, schemasOf } from '../support/sdk-schema.ts';
import model from './service-model.json' with { type: 'json' };

interface Facts {
  /** Besides those that every operation may answer. */
  readonly errors: readonly string[];
  /** By member of the input. */
  readonly constraints: Readonly<Record<string, object>>;
}

/** Patterns in which we differ from the models on purpose: they are not regular expressions of ours, or too narrow. */
const OWN_PATTERNS =
  /^(?:Name|ChannelId|AppInstanceUserId|.*\.Name|.*Arn|ChimeBearer|ResourceARN|arn|MemberArns\[\]|ModeratorArns\[\])$/;

/** The constraints of a shape and all within it, by path; those without any are left out. */
function constraintsOf(shape: Shape<unknown>, at = ''): [string, object][] {
  const { pattern, min, ...rest } = shape.constraints;
  const own = { ...rest, ...(min && { min }), ...(pattern && { pattern: pattern.source.replaceAll('\\/', '/') }) };
  const within = Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
    constraintsOf(member, at === '' ? name : `${at}.${name}`),
  );
  return [
    ...(Object.keys(own).length > 0 ? [[at, own] as [string, object]] : []),
    ...within,
    ...(shape.member ? constraintsOf(shape.member, `${at}[]`) : []),
  ];
}

function withoutOwnPatterns(constraints: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(constraints).map(([at, { ...facts }]) => {
      if (OWN_PATTERNS.test(at) && 'pattern' in facts) delete facts.pattern;
      return [at, facts];
    }),
  );
}

/** @param operations of ours, those of the tags included */
function compare(service: string, sdk: object, operations: Operations<ChimeContext>, facts: Record<string, Facts>) {
  const schemas = schemasOf(sdk);
  describe(`${service}: the operations are those of the SDK`, () => {
    test('by name', () => assert.deepEqual(Object.keys(operations).sort(), [...schemas.keys()].sort()));

    for (const [name, ours] of Object.entries(operations)) {
      const [, , itsName, { http } = { http: [] }, input, output] = schemas.get(name) ?? [];
      const { errors = [], constraints = {} } = facts[name] ?? {};

      test(`${name}: method, path, status and members`, () => {
        assert.equal(itsName, name);
        // The SDK spells labels as members, the model in lower case.
        assert.equal(
          ours.http,
          http.join(' ').replace(/\{\w/g, (start) => start.toLowerCase()),
        );
        assert.equal(ours.action, `chime:${name}`);
        assert.deepEqual(ofShape(ours.input), ofSchema(input));
        assert.deepEqual(ours.output ? ofShape(ours.output) : 'unit', ofSchema(output));
      });

      test(`${name}: limits, patterns and errors`, () => {
        const known = withoutOwnPatterns(Object.fromEntries(constraintsOf(ours.input)));
        assert.deepEqual(known, withoutOwnPatterns(constraints));
        assert.deepEqual(ours.errors.map(({ type }) => type.replace('Exception', '')).sort(), errors);
      });
    }
  });
}

compare('messaging', messagingSdk, messagingOperations, model.messaging);
compare('identity', identitySdk, { ...identityOperations, ...tags }, model.identity);
