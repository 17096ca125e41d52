import { workerData } from 'node:worker_threads';
import Database from 'libsql';

const { from, to } = workerData as { readonly from: string; readonly to: string };
const database = new Database(from, { fileMustExist: true, timeout: 5_000 });
try {
  // One read transaction: the copy shows one moment, whatever is committed meanwhile.
  database.prepare('VACUUM INTO ?').run([to]);
} finally {
  database.close();
}
