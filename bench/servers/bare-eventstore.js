/** The bare client of EventStoreDB: many chains that each read the newest event of a stream and append one at its revision. */
import { randomUUID } from 'node:crypto';
import { BACKWARDS, END, EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { answerLines } from '../lib/lines.js';

// As large as a rotation.
const DATA = { filler: 'x'.repeat(600) };
const client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL);

await answerLines(async ({ atOnce, milliseconds }) => {
  const begin = performance.now();
  let done = 0;
  const chain = async () => {
    const stream = `bench_bare-${randomUUID()}`;
    await append(stream, NO_STREAM);
    while (performance.now() - begin < milliseconds) {
      let newest;
      const options = { direction: BACKWARDS, fromRevision: END, maxCount: 1 };
      for await (const { event } of client.readStream(stream, options)) newest = event.revision;
      await append(stream, newest);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, chain));
  return { rate: done / ((performance.now() - begin) / 1000) };
});
process.exit();

function append(stream, expectedRevision) {
  const event = jsonEvent({ id: randomUUID(), type: 'Rotated', data: DATA });
  return client.appendToStream(stream, [event], { expectedRevision });
}
