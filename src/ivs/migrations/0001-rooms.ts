import type { Migration } from '../../storage/database.ts';

export const rooms: Migration = {
  name: 'ivs-0001-rooms',
  async up(sql) {
    const { schema } = sql;
    await schema
      .createTable('ivs_room')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('maximum_message_length', 'integer', (column) => column.notNull())
      .addColumn('maximum_message_rate_per_second', 'integer', (column) => column.notNull())
      .addColumn('review_handler_uri', 'text')
      .addColumn('review_handler_fallback', 'text', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .execute();
    await schema.createIndex('ivs_room_listing').on('ivs_room').columns(['updated_at', 'id']).execute();
    await schema.createIndex('ivs_room_name').on('ivs_room').columns(['name', 'updated_at', 'id']).execute();

    await schema
      .createTable('ivs_logging_configuration')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('tags', 'text', (column) => column.notNull())
      .execute();

    await schema
      .createTable('ivs_room_logging_configuration')
      .addColumn('room_id', 'text', (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('logging_configuration_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('ivs_room_logging_configuration_key', ['room_id', 'position'])
      .execute();
    await schema
      .createIndex('ivs_room_logging_configuration_use')
      .on('ivs_room_logging_configuration')
      .columns(['logging_configuration_id', 'room_id'])
      .execute();
  },
};
