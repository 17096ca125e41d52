import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { eventLogContract } from '../contract/event-log.js';
import { openEventStoreServer } from '../support/eventstoredb/open-server.js';

const real = process.env.EVENTSTORE_URL ?? '';

// Against the server that the environment names, or one that speaks its protocol in front of the embedded store.
eventLogContract(`EventStoreDB (${real === '' ? 'test server' : 'EVENTSTORE_URL'})`, async () => {
  const server = real === '' ? await openEventStoreServer() : null;
  const store = openEventStoreDb(server?.url ?? real);
  const close = async (): Promise<void> => {
    await store.close();
    await server?.close();
  };
  return { store, close };
});
