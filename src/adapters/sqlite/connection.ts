import Database from 'libsql';

/** A connection to one file. Rows are read as arrays with `.raw()`: objects would carry a field of the driver's own. */
export type Connection = Database.Database;

// A page holds whole rows only: with larger ones less of it stays empty behind rows of some 700 bytes.
const PAGE_BYTES = 8_192;
// Without a busy timeout a connection opened while another one works on the file may fail at once.
export const BUSY_TIMEOUT_MS = 5_000;

/** Opens the connection that writes: write-ahead log, every commit flushed to the disk before it returns. */
export function openWriting(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  // Takes effect where the file is new.
  db.exec(`PRAGMA page_size=${PAGE_BYTES}`);
  const mode = db.prepare('PRAGMA journal_mode=WAL').raw().get() as [string];
  if (mode[0] !== 'wal') throw new Error(`no write-ahead log possible here (journal mode ${mode[0]})`);
  db.exec('PRAGMA synchronous=FULL');
  return db;
}

/** Opens a connection that only reads what was committed. */
export function openReading(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  // The driver's own `readonly` option has no effect.
  db.exec('PRAGMA query_only=ON');
  return db;
}

/** Does something in one transaction. Throws what it threw: SQLite has rolled back already after most failures of the storage. */
export function inTransaction(db: Connection, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
