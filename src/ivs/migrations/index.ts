import type { Migration } from '../../storage/database.ts';
import { rooms } from './0001-rooms.ts';

/** The changes of the tables of IVS Chat. */
export const ivsMigrations: readonly Migration[] = [rooms];
