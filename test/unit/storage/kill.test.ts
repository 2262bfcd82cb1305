/** Nothing that was acknowledged is lost when the process is killed, and the next start repairs nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { sql as raw } from 'kysely';
import { startChild } from './support/process.ts';
import { openNotes, temporaryDirectory } from './support/sqlite.ts';

const ROUNDS = 5;

test('every write acknowledged before kill -9 at any moment is there afterwards', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (set SEED to run it again)`);
  using directory = temporaryDirectory();
  await (await openNotes(directory.path))[Symbol.asyncDispose]();

  for (const delayMs of fc.sample(fc.integer({ min: 0, max: 400 }), { seed, numRuns: ROUNDS })) {
    const acknowledged: string[] = [];
    {
      await using child = startChild(directory.path, 'claim');
      await child.spoke;
      await sleep(delayMs);
      child.process.kill('SIGKILL');
      const lines = (await child.output).split('\n');
      acknowledged.push(...lines.slice(0, -1));
    }
    await using database = await openNotes(directory.path);
    const free = await Promise.all(acknowledged.map((key) => database.hot.claim(key, 0)));
    assert.ok(acknowledged.length > 0);
    assert.deepEqual(free.filter(Boolean), [], `killed after ${delayMs} ms`);
    const check = await database.read((sql) => raw`PRAGMA integrity_check`.execute(sql));
    assert.deepEqual(check.rows, [{ integrity_check: 'ok' }]);
  }
});
