import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Writes a consistent copy of a SQLite database to a new file, while this or another process goes on writing to it. In a thread
 * of its own, since a large copy takes seconds. Rejects if the copy exists or cannot be written.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const worker = new Worker(new URL('./copy-thread.js', import.meta.url), { workerData: { from, to } });
  // Rejects with the thread's error.
  const [code] = (await once(worker, 'exit')) as [number];
  if (code !== 0) throw new Error(`copying ${from} ended with ${code}`);
}
