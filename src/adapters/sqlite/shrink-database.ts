import { openWriting } from './connection.js';

/** Writes a database once more, without the room that removed rows have left, and gives that back. Nobody else may write meanwhile. */
export function shrinkDatabase(file: string): void {
  const db = openWriting(file);
  try {
    db.exec('VACUUM');
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
