/** The operations on the admins of app instances: users and bots (spec/chime-messaging 6). */
import type { Scope } from '../../aws/arn.ts';
import { epochSeconds, integer, list, path, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { ChimeArn, findNamed } from '../arns.ts';
import { Conflict, invalidArn, ResourceLimitExceeded } from '../errors.ts';
import {
  describeIdentity,
  findIdentity,
  Identity,
  type IdentityColumns,
  type IdentityFacts,
  identityColumns,
} from '../identity.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { epoch } from '../times.ts';
import { AppInstanceArn, type AppInstanceFacts, requireAppInstance } from './app-instance.ts';

const AppInstanceAdminArn = path('appInstanceAdminArn', ChimeArn);

type Named = { readonly AppInstanceArn: string; readonly AppInstanceAdminArn: string };

const both = ({ input }: { readonly input: Named }) => [input.AppInstanceArn, input.AppInstanceAdminArn];

export const appInstanceAdmins = {
  CreateAppInstanceAdmin: operation({
    http: 'POST /app-instances/{appInstanceArn}/admins 201',
    action: 'chime:CreateAppInstanceAdmin',
    resource: both,
    input: structure({ AppInstanceAdminArn: ChimeArn, AppInstanceArn }),
    output: structure({ AppInstanceAdmin: Identity, AppInstanceArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, quota }) {
      const admin = await write(async ({ query }) => {
        const { appInstance, identity } = await requireBoth(query, scope, input);
        const [row] = await query<{ count: number; known: number | null }>(
          `SELECT count(*) AS count, max(CASE WHEN identity_pk = ? THEN 1 ELSE 0 END) AS known
           FROM chime_admin WHERE app_instance_pk = ?`,
          identity.pk,
          appInstance.pk,
        );
        if (row?.known) throw Conflict('It is an admin of the app instance already.');
        if ((row?.count ?? 0) >= quota('admins-per-app-instance')) {
          throw ResourceLimitExceeded('The app instance has all the admins it may have.');
        }
        await query(
          'INSERT INTO chime_admin (app_instance_pk, identity_pk, created_at) VALUES (?, ?, ?)',
          appInstance.pk,
          identity.pk,
          clock.now(),
        );
        return identity;
      });
      return { AppInstanceAdmin: describeIdentity(scope, admin), AppInstanceArn: input.AppInstanceArn };
    },
  }),

  DescribeAppInstanceAdmin: operation({
    http: 'GET /app-instances/{appInstanceArn}/admins/{appInstanceAdminArn} 200',
    action: 'chime:DescribeAppInstanceAdmin',
    resource: both,
    input: structure({ AppInstanceAdminArn, AppInstanceArn }),
    output: structure({
      AppInstanceAdmin: structure({ Admin: Identity, AppInstanceArn: string(), CreatedTimestamp: epochSeconds() }),
    }),
    errors: [],
    async handle({ input, scope, read }) {
      const { AppInstanceArn } = input;
      return read(async (_, query) => {
        const { appInstance, identity } = await requireBoth(query, scope, input);
        const [row] = await query<{ created_at: number }>(
          'SELECT created_at FROM chime_admin WHERE app_instance_pk = ? AND identity_pk = ?',
          appInstance.pk,
          identity.pk,
        );
        if (!row) throw invalidArn('app instance admin');
        const Admin = describeIdentity(scope, identity);
        return { AppInstanceAdmin: { Admin, AppInstanceArn, CreatedTimestamp: epoch(row.created_at) } };
      });
    },
  }),

  ListAppInstanceAdmins: operation({
    http: 'GET /app-instances/{appInstanceArn}/admins 200',
    action: 'chime:ListAppInstanceAdmins',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn, ...paging }),
    output: structure({
      AppInstanceArn: string(),
      AppInstanceAdmins: list(structure({ Admin: Identity })),
      NextToken,
    }),
    errors: [ResourceLimitExceeded],
    async handle({ input, scope, read, pages }) {
      const { AppInstanceArn } = input;
      return read(async (_, query) => {
        const { pk, id: appInstanceId } = await requireAppInstance(query, scope, AppInstanceArn);
        const { items, ...next } = await readPage(
          pages,
          { operation: 'ListAppInstanceAdmins', filters: [pk] },
          input,
          integer(),
          (after = 0, limit) =>
            query<IdentityColumns<'admin'>>(
              `SELECT ${identityColumns('admin')} FROM chime_admin d
               JOIN chime_identity admin ON admin.pk = d.identity_pk
               WHERE d.app_instance_pk = ? AND d.identity_pk > ? ORDER BY d.identity_pk LIMIT ?`,
              pk,
              after,
              limit,
            ),
          ({ admin_pk }) => admin_pk,
        );
        const AppInstanceAdmins = items.map(({ admin_kind: kind, admin_id: id, admin_name: name }) => ({
          Admin: describeIdentity(scope, { appInstanceId, kind, id, name }),
        }));
        return { AppInstanceArn, AppInstanceAdmins, ...next };
      });
    },
  }),

  DeleteAppInstanceAdmin: operation({
    http: 'DELETE /app-instances/{appInstanceArn}/admins/{appInstanceAdminArn} 204',
    action: 'chime:DeleteAppInstanceAdmin',
    resource: both,
    input: structure({ AppInstanceAdminArn, AppInstanceArn }),
    errors: [Conflict, ResourceLimitExceeded],
    /** The user or bot itself stays. */
    async handle({ input, scope, write }) {
      const { AppInstanceArn, AppInstanceAdminArn } = input;
      if (!findNamed(scope, AppInstanceAdminArn, 'user', 'bot')) throw invalidArn('app instance user');
      await write(async ({ query }) => {
        const appInstance = await requireAppInstance(query, scope, AppInstanceArn);
        const identity = await findIdentity(query, scope, AppInstanceAdminArn, appInstance.id);
        if (!identity) return;
        await query(
          'DELETE FROM chime_admin WHERE app_instance_pk = ? AND identity_pk = ?',
          appInstance.pk,
          identity.pk,
        );
      });
    },
  }),
};

/** @throws ForbiddenException unless the one exists, and the other in it */
async function requireBoth(
  query: Query,
  scope: Scope,
  { AppInstanceArn, AppInstanceAdminArn }: Named,
): Promise<{ readonly appInstance: AppInstanceFacts; readonly identity: IdentityFacts }> {
  const appInstance = await requireAppInstance(query, scope, AppInstanceArn);
  const identity = await findIdentity(query, scope, AppInstanceAdminArn, appInstance.id);
  if (!identity) throw invalidArn('app instance user');
  return { appInstance, identity };
}
