import type { ReadAllOptions, TextReader } from '../../event-store/event-store.js';
import { LogText } from '../../event-store/log-text.js';
import { TextThread } from '../../event-store/text-thread.js';
import { unavailable } from './errors.js';

/**
 * Reads the log in a thread of its own, with a client of its own: the client takes more of the processor than most readers do with the
 * events. Gives null where the thread has ended or the server refuses us: then the caller reads the page without the thread and gets the
 * original error. Rejects with `StoreUnavailableError` if the server does not answer.
 */
export function openTextReader(url: string): TextReader {
  const thread = new TextThread<ReadAllOptions>(new URL('./reading-thread.js', import.meta.url), { url });
  return {
    read: async (options) => {
      const answer = await thread.ask(options);
      if ('failure' in answer) {
        if (answer.isStores) throw unavailable(answer.failure);
        return null;
      }
      return answer.text === null ? null : LogText.of(answer.text, answer.count);
    },
    close: () => thread.close(),
  };
}
