import type { Migration } from '../../storage/database.ts';
import { messaging } from './0001-messaging.ts';

/** The changes of the tables of Chime SDK messaging. */
export const chimeMigrations: readonly Migration[] = [messaging];
