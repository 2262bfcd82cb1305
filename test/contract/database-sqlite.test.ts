import { systemClock } from '../../src/engine/clock.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../unit/storage/support/sqlite.ts';
import { type ContractTables, databaseContract } from './database.ts';

databaseContract('SQLite', async () => {
  const directory = temporaryDirectory();
  const fail = (error: unknown) => {
    throw error;
  };
  return {
    open: (migrations) =>
      openSqlite<ContractTables>({
        directory: directory.path,
        migrations,
        clock: systemClock(),
        onFatal: fail,
        onError: fail,
      }),
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
});
