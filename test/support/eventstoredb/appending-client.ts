/** A program: appends through the client of EventStoreDB as fast as it can, and says the id of each event it was answered for. */
import { StoreUnavailableError } from '../../../src/domain/unavailable.js';
import { openEventStoreDb } from '../../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { anEvent, appendNext, freshStream } from '../log-events.js';

const [url] = process.argv.slice(2);
const store = openEventStoreDb(url!);

async function appendForever(): Promise<never> {
  const stream = freshStream();
  for (;;) {
    const event = anEvent();
    try {
      await appendNext(store, stream, [event]);
      process.stdout.write(`${event.id}\n`);
    } catch (error) {
      // Whatever else goes wrong ends the process.
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

await Promise.all(Array.from({ length: 16 }, appendForever));
