/** The operations on access keys. Without a user name they are about the user who asks. */
import type { Kysely } from 'kysely';
import { enumeration, list, optional, string, structure, timestamp } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { isoSeconds } from './entities.ts';
import { InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure } from './errors.ts';
import { AccessKeyId, ExistingUserName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { paged, pageOf, paging, readPage } from './listing.ts';
import { type IamContext, operation } from './operation.ts';
import { exceeded, QUOTAS } from './quotas.ts';
import type { AccessKeyRow, IamTables } from './tables.ts';
import { requireTarget, targetArn } from './users.ts';

const Status = enumeration('Active', 'Inactive');

const metadata = {
  UserName: string(),
  AccessKeyId: string(),
  Status,
  CreateDate: timestamp(),
};

export const accessKeys = {
  CreateAccessKey: operation({
    action: 'iam:CreateAccessKey',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName) }),
    output: structure({ AccessKey: structure({ ...metadata, SecretAccessKey: string() }) }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    handle({ input, principal, write, clock, ids, sealer, accessKeys }) {
      const secret = ids.secret();
      const key = {
        id: ids.unique('AKIA'),
        secret: sealer.seal(secret),
        status: 'Active' as const,
        created_at: clock.now(),
      };
      return write(async ({ sql, onDurable }) => {
        const user = await requireTarget(sql, input.UserName, principal);
        const keys = await keysOf(sql, user.id);
        if (keys.length >= QUOTAS.accessKeysPerUser) throw exceeded('AccessKeysPerUser', QUOTAS.accessKeysPerUser);
        await sql
          .insertInto('iam_access_key')
          .values({ ...key, user_id: user.id })
          .execute();
        onDurable(() => accessKeys.drop(key.id));
        return { AccessKey: { ...metadataOf(user.name, key), SecretAccessKey: secret } };
      });
    },
  }),

  ListAccessKeys: operation({
    action: 'iam:ListAccessKeys',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName), ...paging }),
    output: structure({ AccessKeyMetadata: list(structure(metadata)), ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, principal, read, pages }) {
      const { user, keys } = await read(async (sql) => {
        const user = await requireTarget(sql, input.UserName, principal);
        return { user, keys: await keysOf(sql, user.id) };
      });
      const byId = ({ id }: AccessKeyRow) => id;
      const listing = { operation: 'ListAccessKeys', filters: [user.id] };
      const { rows, ...more } = await readPage(pages, listing, input, byId, pageOf(keys, byId));
      return { AccessKeyMetadata: rows.map((key) => metadataOf(user.name, key)), ...more };
    },
  }),

  UpdateAccessKey: operation({
    action: 'iam:UpdateAccessKey',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName), AccessKeyId, Status }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, principal, write, ...facts }) {
      const { AccessKeyId: id, Status: status } = input;
      await write(async (transaction) => {
        const { sql } = transaction;
        const user = await requireTarget(sql, input.UserName, principal);
        await requireKey(sql, user.id, id);
        await sql.updateTable('iam_access_key').set({ status }).where('id', '=', id).execute();
        await dropKey(transaction, facts, id, user.id);
      });
    },
  }),

  DeleteAccessKey: operation({
    action: 'iam:DeleteAccessKey',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName), AccessKeyId }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, principal, write, ...facts }) {
      const { AccessKeyId: id } = input;
      await write(async (transaction) => {
        const { sql } = transaction;
        const user = await requireTarget(sql, input.UserName, principal);
        await requireKey(sql, user.id, id);
        await sql.deleteFrom('iam_access_key').where('id', '=', id).execute();
        await dropKey(transaction, facts, id, user.id);
      });
    },
  }),

  GetAccessKeyLastUsed: operation({
    action: 'iam:GetAccessKeyLastUsed',
    resource: ({ scope }) => scope.arn('user/*'),
    input: structure({ AccessKeyId }),
    output: structure({
      UserName: optional(string()),
      AccessKeyLastUsed: structure({
        LastUsedDate: optional(timestamp()),
        ServiceName: string(),
        Region: string(),
      }),
    }),
    errors: [NoSuchEntity],
    async handle({ input, read, lastUsed }) {
      const fresh = lastUsed.get(input.AccessKeyId);
      const key = await read((sql) =>
        sql
          .selectFrom('iam_access_key')
          .innerJoin('iam_user', 'iam_user.id', 'iam_access_key.user_id')
          .select(['iam_user.name', 'used_at', 'used_service', 'used_region'])
          .where('iam_access_key.id', '=', input.AccessKeyId)
          .executeTakeFirst(),
      );
      if (!key) throw noSuchKey(input.AccessKeyId);
      const at = fresh?.at ?? key.used_at;
      return {
        UserName: key.name,
        AccessKeyLastUsed: {
          LastUsedDate: at === null ? undefined : isoSeconds(at),
          ServiceName: fresh?.service ?? key.used_service ?? 'N/A',
          Region: fresh?.region ?? key.used_region ?? 'N/A',
        },
      };
    },
  }),
};

function keysOf(sql: Kysely<IamTables>, userId: string): Promise<AccessKeyRow[]> {
  return sql.selectFrom('iam_access_key').selectAll().where('user_id', '=', userId).execute();
}

async function requireKey(sql: Kysely<IamTables>, userId: string, id: string): Promise<void> {
  const keys = await keysOf(sql, userId);
  if (!keys.some((key) => key.id === id)) throw noSuchKey(id);
}

/** Forgets, once the unit is on disk, what was known of a key, and then has it told that its user has changed. */
async function dropKey(
  transaction: Transaction<IamTables>,
  { accessKeys, identities }: Pick<IamContext, 'accessKeys' | 'identities'>,
  id: string,
  userId: string,
): Promise<void> {
  transaction.onDurable(() => accessKeys.drop(id));
  await dropIdentities(transaction, identities, [userId]);
}

function noSuchKey(id: string): Error {
  return NoSuchEntity({ message: `The Access Key with id ${id} cannot be found.` });
}

function metadataOf(userName: string, { id, status, created_at }: Pick<AccessKeyRow, 'id' | 'status' | 'created_at'>) {
  return { UserName: userName, AccessKeyId: id, Status: status, CreateDate: isoSeconds(created_at) };
}
