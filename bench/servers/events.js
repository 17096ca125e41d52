/**
 * A server of EventStoreDB's protocol, that of the tests, on a SQLite file: what it has answered it still holds after a SIGKILL. Its
 * arguments are the folder and the port, 0 for any; prints the port once it listens. Needs the compiled tests (`npm run build:test`).
 */
import { openEmbeddedStores } from '../../dist/test/support/embedded-stores.js';
import { startEventStoreServer } from '../../dist/test/support/eventstoredb/event-store-server.js';
import { announce } from '../lib/lines.js';

const [folder, port] = process.argv.slice(2);
const { eventStore } = await openEmbeddedStores(folder);
const server = await startEventStoreServer(eventStore, { port: Number(port) });
announce({ port: server.port });
