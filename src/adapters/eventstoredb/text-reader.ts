import type { ReadAllOptions, TextReader } from '../../event-store/event-store.js';
import { LogText } from '../../event-store/log-text.js';
import { TextThread } from '../../event-store/text-thread.js';
import { unavailable } from './errors.js';

/** Which page: of its options, what is the store's to answer. */
export type PageRequest = Pick<ReadAllOptions, 'after' | 'maxCount'>;

/**
 * Reads the log in a thread of its own, with a client of its own: what that takes of the processor is more than what most readers do
 * with the events. What the thread cannot do is given as no page, which is then read otherwise: the thread ended, say, or the server
 * refuses us, which only its own error tells. Rejects with `StoreUnavailableError` if the server does not answer.
 */
export function openTextReader(url: string): TextReader {
  const thread = new TextThread<PageRequest>(new URL('./reading-thread.js', import.meta.url), { url });
  return {
    read: async ({ after, maxCount }) => {
      const answer = await thread.ask({
        ...(after === undefined ? {} : { after }),
        ...(maxCount === undefined ? {} : { maxCount }),
      });
      if ('failure' in answer) {
        if (answer.isStores) throw unavailable(answer.failure);
        return null;
      }
      return answer.text === null ? null : LogText.of(answer.text, answer.count);
    },
    close: () => thread.close(),
  };
}
