/** The errors of the IVS Chat API (spec/ivs-chat 3.2). */
import { type AwsError, errorType } from '../aws/errors.ts';
import type { Problem } from '../aws/shape.ts';

/** The model knows only ROOM; its clients take other values as they are. */
export type ResourceType = 'ROOM' | 'LOGGING_CONFIGURATION';

type ResourceBody = {
  readonly message: string;
  readonly resourceId: string;
  readonly resourceType: ResourceType;
};
type LimitBody = ResourceBody & { readonly limit: number };
type ValidationBody = {
  readonly message: string;
  readonly reason: 'UNKNOWN_OPERATION' | 'FIELD_VALIDATION_FAILED' | 'OTHER';
  readonly fieldList?: readonly Problem[];
};

export const Conflict = errorType<ResourceBody>('ConflictException', 409);
export const ResourceNotFound = errorType<ResourceBody>('ResourceNotFoundException', 404);
export const ServiceQuotaExceeded = errorType<LimitBody>('ServiceQuotaExceededException', 402);
export const Throttling = errorType<LimitBody>('ThrottlingException', 429);
export const Validation = errorType<ValidationBody>('ValidationException', 400);

/** ValidationException that names the members concerned, in the words of the service. */
export function invalid(...problems: readonly Problem[]): AwsError {
  const message = problems
    .map(({ name, message: why }) => `Request member: ${name} failed to satisfy the constraints: ${why}`)
    .join('; ');
  return Validation({ message, reason: 'FIELD_VALIDATION_FAILED', fieldList: problems });
}

export function notFound(resourceType: ResourceType, resourceId: string): AwsError {
  const what = resourceType === 'ROOM' ? 'room' : 'logging configuration';
  return ResourceNotFound({ message: `The ${what} ${resourceId} does not exist.`, resourceId, resourceType });
}
