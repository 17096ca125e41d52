import type { EventStore } from '../../../src/event-store/event-store.js';
import { openEmbeddedStores } from '../embedded-stores.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startEventStoreServer, type EventStoreServer } from './event-store-server.js';

/** A server in front of an embedded store in a folder of its own. */
export interface OpenedServer {
  readonly server: EventStoreServer;
  /** What is behind it. */
  readonly store: EventStore;
  /** The connection string. */
  readonly url: string;
  close(): Promise<void>;
}

export async function openEventStoreServer(): Promise<OpenedServer> {
  const folder = temporaryFolder();
  const stores = await openEmbeddedStores(folder.path);
  const server = await startEventStoreServer(stores.eventStore);
  const close = async (): Promise<void> => {
    server.stop();
    await stores.close();
    folder.remove();
  };
  return { server, store: stores.eventStore, url: `esdb://127.0.0.1:${server.port}?tls=false`, close };
}
