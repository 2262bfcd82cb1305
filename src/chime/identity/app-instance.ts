/** App instances as they are looked up and shown (appendix B.2). */
import type { Scope } from '../../aws/arn.ts';
import { epochSeconds, path, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { appInstanceArn, ChimeArn, findAppInstanceId } from '../arns.ts';
import { invalidArn } from '../errors.ts';
import { Metadata, NonEmptyResourceName } from '../shapes.ts';
import { epoch } from '../times.ts';

/** The label of most paths. */
export const AppInstanceArn = path('appInstanceArn', ChimeArn);

const summary = { AppInstanceArn: string(), Name: NonEmptyResourceName, Metadata };

export const AppInstanceSummary = structure(summary);

export const AppInstance = structure({
  ...summary,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
});

/** An app instance as it is kept. Times are milliseconds since the epoch. */
export interface AppInstanceFacts {
  readonly pk: number;
  readonly id: string;
  readonly name: string;
  readonly metadata: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly retention_days: number | null;
  readonly retention_deletes_at: number | null;
  readonly users: number;
  readonly channels: number;
}

export const APP_INSTANCE_COLUMNS =
  'pk, id, name, metadata, created_at, updated_at, retention_days, retention_deletes_at, users, channels';

/** @throws ForbiddenException for an ARN that is no app instance that exists: the services rarely say NotFound (5.1). */
export async function requireAppInstance(query: Query, scope: Scope, arn: string): Promise<AppInstanceFacts> {
  const id = findAppInstanceId(scope, arn);
  if (id === undefined) throw invalidArn('app instance');
  const [row] = await query<AppInstanceFacts>(
    `SELECT ${APP_INSTANCE_COLUMNS} FROM chime_app_instance WHERE id = ?`,
    id,
  );
  if (!row) throw invalidArn('app instance');
  return row;
}

export function summariseAppInstance(scope: Scope, { id, name, metadata }: AppInstanceFacts) {
  return { AppInstanceArn: appInstanceArn(scope, id), Name: name, ...(metadata !== null && { Metadata: metadata }) };
}

export function describeAppInstance(scope: Scope, row: AppInstanceFacts) {
  return {
    ...summariseAppInstance(scope, row),
    CreatedTimestamp: epoch(row.created_at),
    LastUpdatedTimestamp: epoch(row.updated_at),
  };
}
