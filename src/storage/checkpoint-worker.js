/**
 * The thread that moves the log into the database file (docs/decisions/0001-durability.md). It is told one step at a
 * time and answers each but the last.
 *
 * JavaScript, since a thread that strips types takes 8 MB more for it.
 *
 * @import { MessagePort } from 'node:worker_threads'
 * @import { CheckpointReply, CheckpointStep } from './checkpointer.ts'
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** How long `truncate` waits for readers. Writers wait for it meanwhile. */
const READERS_MS = 100;

/**
 * @param {MessagePort} port where the steps come from
 * @param {string} path of the database file
 */
function serve(port, path) {
  const database = new DatabaseSync(path, { timeout: READERS_MS });
  const reader = new DatabaseSync(path, { readOnly: true, timeout: READERS_MS });

  /** @returns {CheckpointReply} */
  const copy = () => {
    // An open reader keeps the writer from starting the log anew once all of it is moved: it would have to sync the
    // log's header, on the event loop.
    if (reader.isTransaction) reader.exec('COMMIT');
    reader.exec('BEGIN; SELECT 1 FROM sqlite_schema');
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    return 'done';
  };

  /** @returns {CheckpointReply} */
  const truncate = () => {
    if (reader.isTransaction) reader.exec('COMMIT');
    const outcome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (outcome?.['busy'] !== 0) return 'busy';
    // Any write: it syncs the header of the new log here rather than on the event loop.
    database.exec('PRAGMA user_version = 0');
    return 'done';
  };

  port.on('message', (/** @type {CheckpointStep} */ step) => {
    if (step === 'close') {
      reader.close();
      database.close();
      port.close();
      return;
    }
    try {
      port.postMessage(step === 'copy' ? copy() : truncate());
    } catch (error) {
      port.postMessage(failure(error));
    }
  });
}

/**
 * @param {unknown} error
 * @returns {CheckpointReply}
 */
function failure(error) {
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return { errcode, message: error instanceof Error ? error.message : String(error) };
}

if (parentPort) serve(parentPort, String(workerData));
