/** The thread of a text reader: answers each place of the log with the events after it. */
import { workerData } from 'node:worker_threads';
import { messageOf } from '../../domain/message-of.js';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { StoreRefusedError } from '../../event-store/errors.js';
import type { ReadAllOptions } from '../../event-store/event-store.js';
import { textOfEvents } from '../../event-store/log-text.js';
import { answerTexts } from '../../event-store/text-thread.js';
import { openEventStoreDb } from './eventstoredb-event-store.js';

const { url } = workerData as { readonly url: string };
const store = openEventStoreDb(url);

answerTexts(
  async (request) => {
    const events = await store.readAll(request as ReadAllOptions);
    return { text: textOfEvents(events), count: events.length };
  },
  (error) => {
    // A refusal has a cause that does not cross to the other thread.
    if (error instanceof StoreUnavailableError && !(error.cause instanceof StoreRefusedError))
      return { failure: error.reason, isStores: true };
    return { failure: messageOf(error), isStores: false };
  },
);
