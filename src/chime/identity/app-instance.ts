/** App instances as they are looked up and shown. */
import type { Scope } from '../../aws/arn.ts';
import type { Query } from '../../storage/database.ts';
import { findAppInstanceId } from '../arns.ts';
import { invalidArn } from '../errors.ts';

export interface AppInstanceFacts {
  readonly pk: number;
  readonly id: string;
  readonly users: number;
  readonly channels: number;
}

/** @throws ForbiddenException for an ARN that is no app instance that exists: the services rarely say NotFound (5.1). */
export async function requireAppInstance(query: Query, scope: Scope, arn: string): Promise<AppInstanceFacts> {
  const id = findAppInstanceId(scope, arn);
  const [row] =
    id === undefined
      ? []
      : await query<AppInstanceFacts>('SELECT pk, id, users, channels FROM chime_app_instance WHERE id = ?', id);
  if (!row) throw invalidArn('app instance');
  return row;
}
