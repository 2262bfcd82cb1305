import type { Scope } from '../aws/arn.ts';
import { queryOperationsWith } from '../aws/operation.ts';
import type { Authorize } from '../aws/ports.ts';
import type { Clock } from '../engine/ports.ts';
import type { Database } from '../storage/database.ts';
import type { Identities } from './identities.ts';
import type { SessionTokens } from './session-tokens.ts';
import type { IamTables } from './tables.ts';
import type { WebIdentities } from './web-identity.ts';

/** What the handlers of STS may use besides the call at hand. */
export interface StsContext {
  readonly read: Database<IamTables>['read'];
  readonly clock: Pick<Clock, 'now'>;
  readonly identities: Identities;
  readonly authorize: Authorize;
  readonly sessions: SessionTokens;
  readonly webIdentities: WebIdentities;
  /** IAM's part of the ARN space, where roles are. */
  readonly iamScope: Scope;
}

/** Declares an operation of STS. */
export const operation = queryOperationsWith<StsContext>();
