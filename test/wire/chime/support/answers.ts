/** What every answer of the two services is like, errors above all (spec/chime-messaging 0.6, 5.1). */
import assert from 'node:assert/strict';
import type { RawResponse } from '../../support/raw-http.ts';
import { NOT_BUILT, type OperationName } from './requests.ts';

/** By `x-amzn-ErrorType`: the status, and the body's `Code`. */
const ERRORS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  BadRequestException: [400, 'BadRequest'],
  ResourceLimitExceededException: [400, 'ResourceLimitExceeded'],
  UnauthorizedClientException: [401, 'Unauthorized'],
  ForbiddenException: [403, 'Forbidden'],
  NotFoundException: [404, 'NotFound'],
  ConflictException: [409, 'Conflict'],
  ThrottledClientException: [429, 'Throttled'],
  ServiceFailureException: [500, 'ServiceFailure'],
  ServiceUnavailableException: [503, 'ServiceUnavailable'],
};

/** What is said before a service is reached. */
const FRONT: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  MalformedHttpRequestException: 400,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
};

/** Those that not every operation has, and who has them. */
const MODELLED: Readonly<Record<string, readonly OperationName[]>> = {
  NotFoundException: [
    'AssociateChannelFlow',
    'BatchCreateChannelMembership',
    'CreateChannelMembership',
    'DescribeChannelBan',
    'DescribeChannelMembership',
    'DescribeChannelModerator',
    'DisassociateChannelFlow',
    'GetChannelMessage',
    'GetMessagingStreamingConfigurations',
    'PutMessagingStreamingConfigurations',
    'DescribeAppInstanceBot',
    // Not in its model, but the service was seen to say so.
    'DescribeAppInstanceUser',
  ],
  ConflictException: [
    'AssociateChannelFlow',
    'ChannelFlowCallback',
    'CreateChannel',
    'CreateChannelBan',
    'CreateChannelFlow',
    'CreateChannelMembership',
    'CreateChannelModerator',
    'DeleteChannel',
    'DeleteChannelFlow',
    'DeleteChannelMembership',
    'DisassociateChannelFlow',
    'PutChannelExpirationSettings',
    'PutChannelMembershipPreferences',
    'PutMessagingStreamingConfigurations',
    'RedactChannelMessage',
    'SendChannelMessage',
    'UpdateChannel',
    'UpdateChannelFlow',
    'UpdateChannelMessage',
    'UpdateChannelReadMarker',
    'CreateAppInstance',
    'CreateAppInstanceAdmin',
    'CreateAppInstanceBot',
    'CreateAppInstanceUser',
    'DeleteAppInstanceAdmin',
    'DeleteAppInstanceBot',
    'DeleteAppInstanceUser',
    'PutAppInstanceUserExpirationSettings',
    'RegisterAppInstanceUserEndpoint',
    'UpdateAppInstance',
    'UpdateAppInstanceBot',
    'UpdateAppInstanceUser',
    'UpdateAppInstanceUserEndpoint',
  ],
  ResourceLimitExceededException: [
    'BatchCreateChannelMembership',
    'CreateChannel',
    'CreateChannelBan',
    'CreateChannelFlow',
    'CreateChannelMembership',
    'CreateChannelModerator',
    'TagResource',
    'CreateAppInstance',
    'CreateAppInstanceAdmin',
    'CreateAppInstanceBot',
    'CreateAppInstanceUser',
    'DeleteAppInstance',
    'DeleteAppInstanceAdmin',
    'DeleteAppInstanceBot',
    'DeleteAppInstanceUser',
    'ListAppInstanceAdmins',
    'ListAppInstanceBots',
    'RegisterAppInstanceUserEndpoint',
    'UpdateAppInstanceBot',
    'UpdateAppInstanceUser',
  ],
};

const REQUEST_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Checks all that holds for every answer: status, headers, error body, and that the operation has the error.
 * @returns the type of the error; undefined: it succeeded
 */
export function typeOf(operation: OperationName, { status, headers, json, text }: RawResponse): string | undefined {
  assert.match(String(headers['x-amzn-requestid']), REQUEST_ID);
  assert.ok(!Number.isNaN(Date.parse(String(headers['date']))), 'Date');
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.equal(headers['access-control-expose-headers'], 'x-amzn-errortype,x-amzn-requestid,date');
  const type = headers['x-amzn-errortype'];
  if (type === undefined) {
    assert.ok(status < 300, `${status} ${text}`);
    if (status === 204) assert.equal(text, '');
    return undefined;
  }
  assert.equal(typeof type, 'string');
  const name = String(type);
  assert.equal(headers['content-type'], 'application/json');
  if (name in FRONT) {
    assert.equal(status, FRONT[name]);
    assert.deepEqual(Object.keys(Object(json)), [name === 'AccessDeniedException' ? 'Message' : 'message']);
    return name;
  }
  const [itsStatus, Code] = ERRORS[name] ?? assert.fail(`${name} is no error of these services.`);
  assert.equal(status, itsStatus, text);
  const { Message, ...rest } = Object(json);
  assert.deepEqual(rest, { Code });
  assert.equal(typeof Message, 'string');
  assert.ok(MODELLED[name]?.includes(operation) ?? true, `${operation} has no ${name}: ${text}`);
  return name;
}

/** As `typeOf`, and that the server has not failed. @param what was asked */
export function withoutFailure(operation: OperationName, response: RawResponse, what: string): string | undefined {
  const unavailable = response.status === 503 && NOT_BUILT.includes(operation);
  assert.ok(response.status < 500 || unavailable, `${operation} ${what}: ${response.text}`);
  return typeOf(operation, response);
}
