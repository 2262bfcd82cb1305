export type StorageErrorCode =
  | 'directory-unusable'
  | 'directory-in-use'
  | 'database-unusable'
  | 'newer-schema'
  | 'overloaded'
  | 'unit-pending'
  | 'unit-over'
  | 'closed';

/** What storage refuses by itself. Errors of SQL statements are the driver's own. The message is one line. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
