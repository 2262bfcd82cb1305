/** Errors as the AWS HTTP APIs answer them (spec/ivs-chat 3.2). */

/** An error that its caller is told of: its type, HTTP status and JSON body. */
export class AwsError extends Error {
  /** What goes into `x-amzn-ErrorType`, for example `ValidationException`. */
  readonly type: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(type: string, status: number, body: Readonly<Record<string, unknown>>) {
    super(type);
    this.type = type;
    this.status = status;
    this.body = body;
  }
}

/** Makes the errors of one type. Its `type` and `status` are for tables and documents. */
export interface ErrorType<Body = never> {
  (body: Body): AwsError;
  readonly type: string;
  readonly status: number;
}

/** Declares an error with the members of its JSON body. */
export function errorType<Body extends Readonly<Record<string, unknown>>>(
  type: string,
  status: number,
): ErrorType<Body> {
  return Object.assign((body: Body) => new AwsError(type, status, body), { type, status });
}

interface MessageBody extends Readonly<Record<string, unknown>> {
  readonly message: string;
}

/** What AWS's front end answers before a service is reached, alike for all services. */
export const AccessDenied = errorType<MessageBody>('AccessDeniedException', 403);
export const ExpiredToken = errorType<MessageBody>('ExpiredTokenException', 403);
export const IncompleteSignature = errorType<MessageBody>('IncompleteSignatureException', 403);
export const InternalServer = errorType<MessageBody>('InternalServerException', 500);
export const InvalidSignature = errorType<MessageBody>('InvalidSignatureException', 403);
export const MalformedHttpRequest = errorType<MessageBody>('MalformedHttpRequestException', 400);
export const MissingAuthenticationToken = errorType<MessageBody>('MissingAuthenticationTokenException', 403);
export const UnknownOperation = errorType<MessageBody>('UnknownOperationException', 404);
export const UnrecognizedClient = errorType<MessageBody>('UnrecognizedClientException', 403);

/** The text of a denial, in AWS's words. @param reason follows them */
function denial(principalArn: string, action: string, resource?: string, reason?: string): string {
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  const why = reason === undefined ? '' : ` ${reason}`;
  return `User: ${principalArn} is not authorized to perform: ${action}${on}${why}`;
}

/** The denial of an action. */
export function accessDenied(...what: Parameters<typeof denial>): AwsError {
  return AccessDenied({ message: denial(...what) });
}

/** The same where bodies spell it `Message` (spec/chime-messaging 5.1). */
export function accessDeniedWithMessage(...what: Parameters<typeof denial>): AwsError {
  return new AwsError(AccessDenied.type, AccessDenied.status, { Message: denial(...what) });
}
