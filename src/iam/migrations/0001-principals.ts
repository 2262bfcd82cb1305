import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { Migration } from '../../storage/database.ts';

export const principals: Migration = {
  name: 'iam-0001-principals',
  async up(sql) {
    const { schema } = sql;
    await createEntity(sql, 'iam_user').addColumn('boundary_id', 'text').addColumn('tags', 'text', required).execute();
    await createEntity(sql, 'iam_group').execute();
    await createEntity(sql, 'iam_role')
      .addColumn('description', 'text')
      .addColumn('max_session_duration', 'integer', required)
      .addColumn('trust_policy', 'text', required)
      .addColumn('boundary_id', 'text')
      .addColumn('tags', 'text', required)
      .execute();
    await createEntity(sql, 'iam_policy')
      .addColumn('description', 'text')
      .addColumn('updated_at', 'bigint', required)
      .addColumn('default_version', 'integer', required)
      .addColumn('last_version', 'integer', required)
      .addColumn('tags', 'text', required)
      .execute();
    await schema.createIndex('iam_user_boundary').on('iam_user').column('boundary_id').execute();
    await schema.createIndex('iam_role_boundary').on('iam_role').column('boundary_id').execute();

    await schema
      .createTable('iam_membership')
      .addColumn('group_id', 'text', required)
      .addColumn('user_id', 'text', required)
      .addPrimaryKeyConstraint('iam_membership_key', ['group_id', 'user_id'])
      .execute();
    await schema.createIndex('iam_membership_user').on('iam_membership').columns(['user_id', 'group_id']).execute();

    await schema
      .createTable('iam_access_key')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text', required)
      .addColumn('secret', 'text', required)
      .addColumn('status', 'text', required)
      .addColumn('created_at', 'bigint', required)
      .execute();
    await schema.createIndex('iam_access_key_user').on('iam_access_key').column('user_id').execute();

    await schema
      .createTable('iam_inline_policy')
      .addColumn('owner_id', 'text', required)
      .addColumn('name', 'text', required)
      .addColumn('document', 'text', required)
      .addPrimaryKeyConstraint('iam_inline_policy_key', ['owner_id', 'name'])
      .execute();

    await schema
      .createTable('iam_policy_version')
      .addColumn('policy_id', 'text', required)
      .addColumn('version', 'integer', required)
      .addColumn('document', 'text', required)
      .addColumn('created_at', 'bigint', required)
      .addPrimaryKeyConstraint('iam_policy_version_key', ['policy_id', 'version'])
      .execute();

    await schema
      .createTable('iam_attachment')
      .addColumn('owner_id', 'text', required)
      .addColumn('policy_id', 'text', required)
      .addPrimaryKeyConstraint('iam_attachment_key', ['owner_id', 'policy_id'])
      .execute();
    await schema.createIndex('iam_attachment_policy').on('iam_attachment').column('policy_id').execute();
  },
};

/** The columns that users, groups, roles and managed policies have in common. */
function createEntity({ schema }: Kysely<unknown>, table: string) {
  return schema
    .createTable(table)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', required)
    .addColumn('name_key', 'text', (column) => column.notNull().unique())
    .addColumn('path', 'text', required)
    .addColumn('created_at', 'bigint', required);
}

function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull();
}
