/** The errors of the IAM API, by the codes of the query protocol. */
import { type AwsError, errorType } from '../aws/errors.ts';
import type { Problem } from '../aws/shape.ts';

type MessageBody = { readonly message: string };

export const DeleteConflict = errorType<MessageBody>('DeleteConflict', 409);
export const EntityAlreadyExists = errorType<MessageBody>('EntityAlreadyExists', 409);
export const InvalidInput = errorType<MessageBody>('InvalidInput', 400);
export const LimitExceeded = errorType<MessageBody>('LimitExceeded', 409);
export const MalformedPolicyDocument = errorType<MessageBody>('MalformedPolicyDocument', 400);
export const NoSuchEntity = errorType<MessageBody>('NoSuchEntity', 404);
export const PackedPolicyTooLarge = errorType<MessageBody>('PackedPolicyTooLarge', 400);
export const PolicyNotAttachable = errorType<MessageBody>('PolicyNotAttachable', 400);
export const ServiceFailure = errorType<MessageBody>('ServiceFailure', 500);
export const Throttling = errorType<MessageBody>('Throttling', 400);
export const UnmodifiableEntity = errorType<MessageBody>('UnmodifiableEntity', 400);
export const ValidationError = errorType<MessageBody>('ValidationError', 400);

/** ValidationError that names the members concerned, in the words of the service. */
export function invalid(...problems: readonly Problem[]): AwsError {
  const details = problems.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`);
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  return ValidationError({ message: `${count}: ${details.join('; ')}` });
}

/** @param what for example `user`, `role policy` */
export function notFound(what: string, name: string): AwsError {
  return NoSuchEntity({ message: `The ${what} with name ${name} cannot be found.` });
}
