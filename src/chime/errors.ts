/** The errors of Chime SDK messaging: each says its code in the body too (spec/chime-messaging 5.1). */
import { errorType } from '../aws/errors.ts';

export const BadRequest = errorType<{ readonly Code: 'BadRequest'; readonly Message: string }>(
  'BadRequestException',
  400,
);
export const ServiceFailure = errorType<{ readonly Code: 'ServiceFailure'; readonly Message: string }>(
  'ServiceFailureException',
  500,
);
