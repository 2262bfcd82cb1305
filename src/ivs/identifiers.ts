/** How rooms and logging configurations are named in requests (spec/ivs-chat 3.3). */
import { parseArn, type Scope } from '../aws/arn.ts';
import { string } from '../aws/shape.ts';
import { notFound, type ResourceType } from './errors.ts';

export const RoomIdentifier = string({
  min: 1,
  max: 128,
  pattern: /arn:aws:ivschat:[a-z0-9-]+:[0-9]+:room\/[a-zA-Z0-9-]+/,
});

export const LoggingConfigurationIdentifier = string({
  min: 1,
  max: 128,
  pattern: /arn:aws:ivschat:[a-z0-9-]+:[0-9]+:logging-configuration\/[a-zA-Z0-9-]+/,
});

/** The published pattern allows one letter before the slash, which fits no resource there is (spec/ivs-chat 3.3). */
export const ResourceArn = string({
  min: 1,
  max: 128,
  pattern: /arn:aws:ivschat:[a-z0-9-]+:[0-9]+:[a-z-]+\/[a-zA-Z0-9-]+/,
});

const KINDS = new Map<string, ResourceType>([
  ['room', 'ROOM'],
  ['logging-configuration', 'LOGGING_CONFIGURATION'],
]);

/** The name of a room or logging configuration. Not unique. */
export const Name = string({ min: 0, max: 128, pattern: /[a-zA-Z0-9-_]*/ });

export interface Identified {
  readonly type: ResourceType;
  readonly id: string;
}

/**
 * Which resource of ours an ARN of the patterns above names.
 * @throws ResourceNotFoundException for one of another region or kind.
 */
export function identify(scope: Scope, arn: string): Identified {
  const resource = resourceOf(arn);
  if (!resource || !isOwn(scope, arn)) throw notFound(resource?.type ?? 'ROOM', arn.slice(arn.indexOf('/') + 1));
  return resource;
}

/** As `identify`, undefined for what is not ours. */
export function findIdentified(scope: Scope, arn: string): Identified | undefined {
  return isOwn(scope, arn) ? resourceOf(arn) : undefined;
}

function isOwn(scope: Scope, arn: string): boolean {
  return arn.startsWith(scope.arn(''));
}

function resourceOf(arn: string): Identified | undefined {
  const [kind = '', id = ''] = parseArn(arn)?.resource.split('/') ?? [];
  const type = KINDS.get(kind);
  return type && { type, id };
}
