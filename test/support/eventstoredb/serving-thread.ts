/** A thread: serves the log in a file by the protocol of EventStoreDB, until it is sent a message. Says its port first. */
import { parentPort, workerData } from 'node:worker_threads';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../../src/adapters/sqlite/sqlite-file.js';
import { startEventStoreServer } from './event-store-server.js';

const file = await SqliteFile.open(workerData as string, { jobs: [EVENT_STORE_JOBS] });
const server = await startEventStoreServer(openEmbeddedEventStore(file));
parentPort?.once('message', () => {
  server.stop();
  void file.close();
});
parentPort?.postMessage(server.port);
