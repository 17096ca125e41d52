/** A program: appends to a few streams of the event store in the file it is given, as fast as it can, and says what was answered. */
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { ExpectedRevision } from '../../src/event-store/event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { newestOf, someEvents } from './log-events.js';

const [path, streams] = process.argv.slice(2);
const store = openEmbeddedEventStore(await SqliteFile.open(path!, { jobs: [EVENT_STORE_JOBS] }));

async function appendForever(stream: string): Promise<never> {
  let newest: ExpectedRevision = (await newestOf(store, stream))?.revision ?? 'no_stream';
  for (let size = 1; ; size = (size % 3) + 1) {
    const events = someEvents(size);
    const { revision, position } = await store.append(stream, events, newest);
    newest = revision;
    // The ids last: a line that was cut off by the kill has no end of line and does not count.
    process.stdout.write(`${JSON.stringify([stream, revision, position, events.map((event) => event.id)])}\n`);
  }
}

await Promise.all(Array.from({ length: Number(streams) }, (_, index) => appendForever(`stream-${index}`)));
