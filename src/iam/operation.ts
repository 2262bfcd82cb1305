import type { Sealer } from '../aws/jwe.ts';
import { queryOperationsWith } from '../aws/operation.ts';
import type { PageTokens } from '../aws/page-token.ts';
import type { Clock } from '../engine/ports.ts';
import type { Database } from '../storage/database.ts';
import type { AccessKeys } from './access-key-facts.ts';
import type { IamIds } from './identifiers.ts';
import type { Identities } from './identities.ts';
import type { LastUsed } from './last-used.ts';
import type { IamTables } from './tables.ts';

/** What the handlers of IAM may use besides the call at hand. */
export interface IamContext {
  readonly read: Database<IamTables>['read'];
  readonly write: Database<IamTables>['write'];
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: IamIds;
  readonly pages: PageTokens;
  readonly identities: Identities;
  readonly accessKeys: AccessKeys;
  readonly lastUsed: LastUsed;
  /** Of secret access keys. */
  readonly sealer: Sealer;
}

/** Declares an operation of IAM. */
export const operation = queryOperationsWith<IamContext>();
