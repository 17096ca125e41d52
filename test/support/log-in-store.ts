import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openSqliteFile } from './open-sqlite-file.js';

type Use = (store: EventStore) => Promise<void>;

/** Gives the log in a file as the embedded store. */
export async function asEmbedded(path: string, use: Use): Promise<void> {
  const file = await openSqliteFile(path, [EVENT_STORE_JOBS]);
  const store = openEmbeddedEventStore(file);
  try {
    await use(store);
  } finally {
    await store.close();
    await file.close();
  }
}

/** Gives the log in a file through the client of EventStoreDB; the server is in a thread of its own. */
export async function asEventStoreDb(path: string, use: Use): Promise<void> {
  const thread = new Worker(new URL('./eventstoredb/serving-thread.js', import.meta.url), { workerData: path });
  const [port] = (await once(thread, 'message')) as [number];
  const store = openEventStoreDb(`esdb://127.0.0.1:${port}?tls=false`);
  try {
    await use(store);
  } finally {
    await store.close();
    const exited = once(thread, 'exit');
    thread.postMessage('stop');
    await exited;
  }
}
