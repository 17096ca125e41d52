import path from 'node:path';
import type { EventStore } from '../../../src/event-store/event-store.js';
import { openEmbeddedStores, TEST_FILE } from '../embedded-stores.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startEventStoreServer, type EventStoreServer } from './event-store-server.js';

/** A server in front of an embedded store in a folder of its own. */
export interface OpenedServer {
  readonly server: EventStoreServer;
  /** What is behind it. */
  readonly store: EventStore;
  /** The connection string. */
  readonly url: string;
  /** The SQLite file that holds the log. */
  readonly file: string;
  close(): Promise<void>;
}

/** A folder or a port that is given outlives the server, so that another one can take its place. */
export async function openEventStoreServer(given: { folder?: string; port?: number } = {}): Promise<OpenedServer> {
  const own = given.folder === undefined ? temporaryFolder() : null;
  const folder = given.folder ?? own!.path;
  const stores = await openEmbeddedStores(folder);
  const server = await startEventStoreServer(stores.eventStore, { port: given.port ?? 0 });
  const close = async (): Promise<void> => {
    server.stop();
    await stores.close();
    own?.remove();
  };
  return {
    ...{ server, store: stores.eventStore, file: path.join(folder, TEST_FILE) },
    url: `esdb://127.0.0.1:${server.port}?tls=false`,
    close,
  };
}
