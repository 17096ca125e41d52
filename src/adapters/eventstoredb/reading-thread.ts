/** The thread of a text reader: answers each place of the log with the events after it. */
import { workerData } from 'node:worker_threads';
import { textOfEvents } from '../../event-store/log-text.js';
import { answerTexts } from '../../event-store/text-thread.js';
import { openEventStoreDb } from './eventstoredb-event-store.js';
import type { PageRequest } from './text-reader.js';

const { url } = workerData as { readonly url: string };
const store = openEventStoreDb(url);

answerTexts(
  async (request) => {
    const events = await store.readAll(request as PageRequest);
    return { text: textOfEvents(events), count: events.length };
  },
  (error) => (error instanceof Error ? error.message : String(error)),
);
