import type { Migration } from '../../storage/database.ts';
import { principals } from './0001-principals.ts';
import { declared } from './0002-declared.ts';
import { lastUsed } from './0003-last-used.ts';
import { trusted } from './0004-trusted.ts';

/** The changes of the tables of IAM. */
export const iamMigrations: readonly Migration[] = [principals, declared, lastUsed, trusted];
