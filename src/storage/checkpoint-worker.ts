/**
 * The thread that moves the log into the database file (docs/decisions/0001-durability.md). It is told one step at a
 * time and answers each with a CheckpointReply.
 */
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

/**
 * - `copy`: moves what the log holds by now, while others read and write.
 * - `truncate`: moves the rest and empties the log, while nobody writes.
 * - `close`: ends the thread.
 */
export type CheckpointStep = 'copy' | 'truncate' | 'close';

/** `busy`: a reader from outside the process holds on to the log. */
export type CheckpointReply = 'done' | 'busy' | { readonly errcode: number; readonly message: string };

/** How long `truncate` waits for readers. Writers wait for it meanwhile. */
const READERS_MS = 100;

function serve(port: MessagePort, path: string): void {
  const database = new DatabaseSync(path, { timeout: READERS_MS });
  const reader = new DatabaseSync(path, { readOnly: true, timeout: READERS_MS });

  const copy = (): CheckpointReply => {
    // An open reader keeps the writer from starting the log anew once all of it is moved: it would have to sync the
    // log's header, on the event loop.
    if (reader.isTransaction) reader.exec('COMMIT');
    reader.exec('BEGIN; SELECT 1 FROM sqlite_schema');
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    return 'done';
  };

  const truncate = (): CheckpointReply => {
    if (reader.isTransaction) reader.exec('COMMIT');
    const outcome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (outcome?.['busy'] !== 0) return 'busy';
    // Any write: it syncs the header of the new log here rather than on the event loop.
    database.exec('PRAGMA user_version = 0');
    return 'done';
  };

  port.on('message', (step: CheckpointStep) => {
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

function failure(error: unknown): CheckpointReply {
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return { errcode, message: error instanceof Error ? error.message : String(error) };
}

if (parentPort) serve(parentPort, String(workerData));
