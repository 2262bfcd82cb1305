import { systemClock } from '../../src/engine/clock.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../unit/storage/support/sqlite.ts';
import { coordinatorContract } from './coordinator.ts';

coordinatorContract('SQLite', async () => {
  const directory = temporaryDirectory();
  const fail = (error: unknown) => {
    throw error;
  };
  return {
    async open() {
      const database = await openSqlite({
        directory: directory.path,
        migrations: [],
        clock: systemClock(),
        onFatal: fail,
        onError: fail,
      });
      return {
        coordinator: { claim: database.hot.claim },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
});
