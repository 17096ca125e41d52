/** A program: appends through the client of EventStoreDB as fast as it can, and says the id of each event it was answered for. */
import { StoreUnavailableError } from '../../../src/domain/unavailable.js';
import { openEventStoreDb } from '../../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { readNewest } from '../../../src/event-store/event-store.js';
import { anEvent, freshStream } from '../log-events.js';

const [url] = process.argv.slice(2);
const store = openEventStoreDb(url!);

async function appendForever(): Promise<never> {
  const stream = freshStream();
  for (;;) {
    const event = anEvent();
    try {
      const newest = await readNewest(store, stream);
      await store.append(stream, [event], newest?.revision ?? 'no_stream');
      process.stdout.write(`${event.id}\n`);
    } catch (error) {
      // Whatever else goes wrong ends the process.
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

await Promise.all(Array.from({ length: 16 }, appendForever));
