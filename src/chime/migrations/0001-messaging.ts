import type { CreateTableBuilder } from 'kysely';
import type { Migration } from '../../storage/database.ts';

export const messaging: Migration = {
  name: 'chime-0001-messaging',
  async up({ schema }) {
    await keyed(schema.createTable('chime_app_instance'))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('retention_days', 'integer')
      .addColumn('retention_deletes_at', 'bigint')
      .addColumn('users', 'integer', (column) => column.notNull())
      .addColumn('channels', 'integer', (column) => column.notNull())
      .execute();

    await keyed(schema.createTable('chime_identity'))
      .addColumn('app_instance_pk', 'integer', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('deleted_at', 'bigint')
      .addColumn('expiration_days', 'integer')
      .addColumn('expires_at', 'bigint')
      .addColumn('configuration', 'text')
      .addUniqueConstraint('chime_identity_name', ['app_instance_pk', 'kind', 'id'])
      .execute();
    await schema.createIndex('chime_identity_expiry').on('chime_identity').column('expires_at').execute();
    // Lists go through those that exist, however many were deleted.
    await schema
      .createIndex('chime_identity_list')
      .on('chime_identity')
      .columns(['app_instance_pk', 'kind', 'deleted_at', 'id'])
      .execute();

    await schema
      .createTable('chime_admin')
      .addColumn('app_instance_pk', 'integer', (column) => column.notNull())
      .addColumn('identity_pk', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('chime_admin_key', ['app_instance_pk', 'identity_pk'])
      .execute();

    await schema
      .createTable('chime_endpoint')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('identity_pk', 'integer', (column) => column.notNull())
      .addColumn('name', 'text')
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('resource_arn', 'text', (column) => column.notNull())
      .addColumn('attributes', 'text', (column) => column.notNull())
      .addColumn('allow_messages', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('chime_endpoint_owner').on('chime_endpoint').columns(['identity_pk', 'id']).execute();

    await keyed(schema.createTable('chime_channel'))
      .addColumn('app_instance_pk', 'integer', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('mode', 'text', (column) => column.notNull())
      .addColumn('privacy', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text')
      .addColumn('created_by', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('last_message_at', 'bigint')
      .addColumn('expiration_days', 'integer')
      .addColumn('expiration_criterion', 'text')
      .addColumn('expires_at', 'bigint')
      .addUniqueConstraint('chime_channel_name', ['app_instance_pk', 'id'])
      .execute();
    await schema
      .createIndex('chime_channel_privacy')
      .on('chime_channel')
      .columns(['app_instance_pk', 'privacy', 'pk'])
      .execute();
    await schema.createIndex('chime_channel_expiry').on('chime_channel').column('expires_at').execute();

    await schema
      .createTable('chime_membership')
      .addColumn('channel_pk', 'integer', (column) => column.notNull())
      .addColumn('identity_pk', 'integer', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('invited_by', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('read_marker_at', 'bigint')
      .addColumn('last_targeted_at', 'bigint')
      .addColumn('preferences', 'text')
      .addPrimaryKeyConstraint('chime_membership_key', ['channel_pk', 'identity_pk'])
      .execute();
    await schema
      .createIndex('chime_membership_member')
      .on('chime_membership')
      .columns(['identity_pk', 'channel_pk'])
      .execute();

    for (const table of ['chime_moderator', 'chime_ban']) {
      await schema
        .createTable(table)
        .addColumn('channel_pk', 'integer', (column) => column.notNull())
        .addColumn('identity_pk', 'integer', (column) => column.notNull())
        .addColumn('created_by', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ['channel_pk', 'identity_pk'])
        .execute();
      await schema.createIndex(`${table}_identity`).on(table).columns(['identity_pk', 'channel_pk']).execute();
    }

    await keyed(schema.createTable('chime_message'))
      .addColumn('channel_pk', 'integer', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('sender_pk', 'integer', (column) => column.notNull())
      .addColumn('target_pk', 'integer')
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('content', 'text')
      .addColumn('metadata', 'text')
      .addColumn('attributes', 'text')
      .addColumn('content_type', 'text')
      .addColumn('edited_at', 'bigint')
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('redacted', 'integer', (column) => column.notNull())
      .execute();
    await schema
      .createIndex('chime_message_order')
      .unique()
      .on('chime_message')
      .columns(['channel_pk', 'position'])
      .execute();

    await schema
      .createTable('chime_request')
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('token', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('result', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('chime_request_key', ['scope', 'token'])
      .execute();
    await schema.createIndex('chime_request_expiry').on('chime_request').column('expires_at').execute();

    await keyed(schema.createTable('chime_removal'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('target_pk', 'integer', (column) => column.notNull())
      .execute();
  },
};

/** Starts a table whose rows have a key that is never used again. */
function keyed<Name extends string>(table: CreateTableBuilder<Name>): CreateTableBuilder<Name, 'pk'> {
  return table.addColumn('pk', 'integer', (column) => column.primaryKey().autoIncrement());
}
