/** The errors of Chime SDK messaging and identity: each says its code in the body too (spec/chime-messaging 5.1). */
import { type AwsError, type ErrorType, errorType } from '../aws/errors.ts';

/** An error of the two services, made from its message. */
export interface ChimeErrorType extends Pick<ErrorType, 'type' | 'status'> {
  (message: string): AwsError;
  /** The body's `Code`; also the code of one member's error in the reply to a batch. */
  readonly code: string;
}

function chimeError(code: string, type: string, status: number): ChimeErrorType {
  const error = errorType<{ readonly Code: string; readonly Message: string }>(type, status);
  return Object.assign((message: string) => error({ Code: code, Message: message }), { type, status, code });
}

export const BadRequest = chimeError('BadRequest', 'BadRequestException', 400);
export const ResourceLimitExceeded = chimeError('ResourceLimitExceeded', 'ResourceLimitExceededException', 400);
export const UnauthorizedClient = chimeError('Unauthorized', 'UnauthorizedClientException', 401);
export const Forbidden = chimeError('Forbidden', 'ForbiddenException', 403);
export const NotFound = chimeError('NotFound', 'NotFoundException', 404);
export const Conflict = chimeError('Conflict', 'ConflictException', 409);
export const ThrottledClient = chimeError('Throttled', 'ThrottledClientException', 429);
export const ServiceFailure = chimeError('ServiceFailure', 'ServiceFailureException', 500);
export const ServiceUnavailable = chimeError('ServiceUnavailable', 'ServiceUnavailableException', 503);

/** 401 for an `x-amz-chime-bearer` that is nobody (4.1). */
export function invalidBearer(): AwsError {
  return UnauthorizedClient('An invalid app instance user ARN was supplied for the x-amz-chime-bearer HTTP header.');
}

/** 403 for an ARN in the input that names nothing of the kind that is asked for (4.1). @param what `channel`, … */
export function invalidArn(what: string): AwsError {
  return Forbidden(`An invalid ${what} ARN was supplied for the input parameter.`);
}

/** The handler of an operation that is declared but not built: 503. @param what in the plural */
export function notBuilt(what: string): () => never {
  return () => {
    throw ServiceUnavailable(`${what}: this server does not support them.`);
  };
}
