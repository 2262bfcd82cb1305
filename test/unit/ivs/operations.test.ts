/** The table of operations against what AWS itself publishes: the SDK's schemas, and the facts of the service model. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-ivschat';
import type { Shape } from '../../../src/aws/shape.ts';
import { ivsOperations } from '../../../src/ivs/service.ts';
import { ofSchema, ofShape, schemasOf } from '../support/sdk-schema.ts';

type Name = keyof typeof ivsOperations;
const NAMES = Object.keys(ivsOperations) as Name[];

/** The SDK's schemas of the operations, by name. */
const SCHEMAS = schemasOf(sdk);

describe('the operations are those of the SDK', () => {
  test('by name', () => assert.deepEqual([...NAMES].sort(), [...SCHEMAS.keys()].sort()));

  for (const name of NAMES) {
    test(`${name}: method, path, status and members`, () => {
      const [, , itsName, { http } = { http: [] }, input, output] = SCHEMAS.get(name) ?? [];
      const ours = ivsOperations[name];
      assert.equal(itsName, name);
      assert.equal(ours.http, http.join(' '));
      assert.equal(ours.action, `ivschat:${name}`);
      assert.deepEqual(ofShape(ours.input), ofSchema(input));
      assert.deepEqual('output' in ours && ours.output ? ofShape(ours.output) : 'unit', ofSchema(output));
    });
  }
});

/** The errors of the service model, besides AccessDenied, PendingVerification and Validation. */
const ERRORS: Record<Name, readonly string[]> = {
  CreateChatToken: ['ResourceNotFound'],
  CreateLoggingConfiguration: ['Conflict', 'ResourceNotFound', 'ServiceQuotaExceeded'],
  CreateRoom: ['Conflict', 'ResourceNotFound', 'ServiceQuotaExceeded'],
  DeleteLoggingConfiguration: ['Conflict', 'ResourceNotFound'],
  DeleteMessage: ['ResourceNotFound', 'Throttling'],
  DeleteRoom: ['ResourceNotFound'],
  DisconnectUser: ['ResourceNotFound', 'Throttling'],
  GetLoggingConfiguration: ['ResourceNotFound'],
  GetRoom: ['ResourceNotFound'],
  ListLoggingConfigurations: [],
  ListRooms: ['ResourceNotFound'],
  ListTagsForResource: ['InternalServer', 'ResourceNotFound'],
  SendEvent: ['ResourceNotFound', 'Throttling'],
  TagResource: ['InternalServer', 'ResourceNotFound'],
  UntagResource: ['InternalServer', 'ResourceNotFound'],
  UpdateLoggingConfiguration: ['Conflict', 'ResourceNotFound'],
  UpdateRoom: ['ResourceNotFound'],
};

test('each operation has the errors of the service model', () => {
  for (const name of NAMES) {
    const errors = ivsOperations[name].errors.map(({ type }) => type.replace('Exception', ''));
    assert.deepEqual(errors.sort(), ERRORS[name], name);
  }
});

const ROOM = 'arn:aws:ivschat:[a-z0-9-]+:[0-9]+:room/[a-zA-Z0-9-]+';
const LOGGING = 'arn:aws:ivschat:[a-z0-9-]+:[0-9]+:logging-configuration/[a-zA-Z0-9-]+';
const roomIdentifier = { min: 1, max: 128, pattern: ROOM };
const loggingIdentifier = { min: 1, max: 128, pattern: LOGGING };
const resourceArn = { min: 1, max: 128 };
const name = { min: 0, max: 128, pattern: '[a-zA-Z0-9-_]*' };
const tags = { min: 0, max: 50 };
const tagKey = { min: 1, max: 128 };
const loggingIdentifiers = { min: 0, max: 3 };
const maxResults = { min: 1, max: 50 };
const nextToken = { min: 0, max: 1024 };
const handlerUri = { min: 0, max: 170 };
const fallback = { values: ['ALLOW', 'DENY'] };
const reason = { min: 1, max: 256 };
const userId = { min: 1, max: 128 };

/** The constraints of the service model, by member of the input. */
const CONSTRAINTS: Record<Name, Record<string, object>> = {
  CreateChatToken: {
    roomIdentifier,
    userId,
    'capabilities[]': { values: ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] },
    sessionDurationInMinutes: { min: 1, max: 180 },
  },
  CreateRoom: {
    name,
    maximumMessageLength: { min: 1, max: 500 },
    maximumMessageRatePerSecond: { min: 1, max: 100 },
    'messageReviewHandler.uri': handlerUri,
    'messageReviewHandler.fallbackResult': fallback,
    loggingConfigurationIdentifiers: loggingIdentifiers,
    'loggingConfigurationIdentifiers[]': loggingIdentifier,
    tags,
    'tags[]': { min: 0, max: 256 },
  },
  UpdateRoom: {
    identifier: roomIdentifier,
    name,
    maximumMessageLength: { min: 1, max: 500 },
    maximumMessageRatePerSecond: { min: 1, max: 100 },
    'messageReviewHandler.uri': handlerUri,
    'messageReviewHandler.fallbackResult': fallback,
    loggingConfigurationIdentifiers: loggingIdentifiers,
    'loggingConfigurationIdentifiers[]': loggingIdentifier,
  },
  GetRoom: { identifier: roomIdentifier },
  DeleteRoom: { identifier: roomIdentifier },
  ListRooms: {
    name,
    messageReviewHandlerUri: handlerUri,
    loggingConfigurationIdentifier: loggingIdentifier,
    maxResults,
    nextToken,
  },
  SendEvent: { roomIdentifier, eventName: { min: 1, max: 100 } },
  DeleteMessage: { roomIdentifier, id: { min: 12, max: 12, pattern: '[a-zA-Z0-9]+' }, reason },
  DisconnectUser: { roomIdentifier, userId, reason },
  CreateLoggingConfiguration: {
    name,
    'destinationConfiguration.s3.bucketName': { min: 3, max: 63, pattern: '[a-z0-9-.]+' },
    'destinationConfiguration.cloudWatchLogs.logGroupName': { min: 1, max: 512, pattern: '[.\\-_/#A-Za-z0-9]+' },
    'destinationConfiguration.firehose.deliveryStreamName': { min: 1, max: 64, pattern: '[a-zA-Z0-9_.-]+' },
    tags,
    'tags[]': { min: 0, max: 256 },
  },
  UpdateLoggingConfiguration: {
    identifier: loggingIdentifier,
    name,
    'destinationConfiguration.s3.bucketName': { min: 3, max: 63, pattern: '[a-z0-9-.]+' },
    'destinationConfiguration.cloudWatchLogs.logGroupName': { min: 1, max: 512, pattern: '[.\\-_/#A-Za-z0-9]+' },
    'destinationConfiguration.firehose.deliveryStreamName': { min: 1, max: 64, pattern: '[a-zA-Z0-9_.-]+' },
  },
  GetLoggingConfiguration: { identifier: loggingIdentifier },
  DeleteLoggingConfiguration: { identifier: loggingIdentifier },
  ListLoggingConfigurations: { maxResults, nextToken },
  ListTagsForResource: { resourceArn },
  TagResource: { resourceArn, tags, 'tags[]': { min: 0, max: 256 } },
  UntagResource: { resourceArn, tagKeys: { min: 0, max: 50 }, 'tagKeys[]': tagKey },
};

/** Patterns in which we differ from the model on purpose (spec/ivs-chat 3.3, 5). */
const OWN_PATTERNS = ['resourceArn', 'messageReviewHandler.uri', 'messageReviewHandlerUri'];

/** The constraints of a shape and all within it, by path; those without any are left out. */
function constraintsOf(shape: Shape<unknown>, at = ''): [string, object][] {
  const { pattern, ...rest } = shape.constraints;
  const source = pattern && !OWN_PATTERNS.includes(at) ? { pattern: pattern.source.replaceAll('\\/', '/') } : {};
  const own: [string, object][] = Object.keys(shape.constraints).length > 0 ? [[at, { ...rest, ...source }]] : [];
  const within = Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
    constraintsOf(member, at === '' ? name : `${at}.${name}`),
  );
  return [...own, ...within, ...(shape.member ? constraintsOf(shape.member, `${at}[]`) : [])];
}

describe('the limits and patterns are those of the service model', () => {
  for (const operation of NAMES) {
    test(operation, () => {
      const ours = Object.fromEntries(constraintsOf(ivsOperations[operation].input));
      assert.deepEqual(ours, CONSTRAINTS[operation]);
    });
  }
});

test('a review handler is a Lambda function, a URL as our extension, or nothing', () => {
  const uri = ivsOperations.ListRooms.input.members['messageReviewHandlerUri'];
  const problemsOf = (value: string) => {
    const problems: unknown[] = [];
    uri?.read(value, 'uri', []) ?? problems.push(value);
    return problems.length;
  };
  for (const right of [
    '',
    'arn:aws:lambda:us-west-2:123456789012:function:f:1',
    'http://localhost:9000/review',
    'https://h',
  ]) {
    assert.equal(problemsOf(right), 0, right);
  }
  for (const wrong of [
    'arn:aws:lambda:us-west-2:12345678901:function:f',
    'arn:aws:lambda:us-west-2:123456789012:function:',
    'arn:aws:sqs:us-west-2:123456789012:q',
    'ftp://h',
    'https://a b',
    'localhost',
    ' ',
  ]) {
    assert.equal(problemsOf(wrong), 1, wrong);
  }
});
