import type { Connection } from './connection.js';

/**
 * The job that answers a ping: it writes what is there already, since a disk that is full or read-only shows only when something
 * is written.
 */
export function pingJob(db: Connection): () => null {
  const read = db.prepare('PRAGMA user_version').raw();
  return () => {
    const [version] = read.get() as [number];
    db.exec(`PRAGMA user_version=${version}`);
    return null;
  };
}
