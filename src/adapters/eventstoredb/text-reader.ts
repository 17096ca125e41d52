import type { ReadAllOptions, TextReader } from '../../event-store/event-store.js';
import { LogText } from '../../event-store/log-text.js';
import { TextThread } from '../../event-store/text-thread.js';

/** Which page: of its options, what is the store's to answer. */
export type PageRequest = Pick<ReadAllOptions, 'after' | 'maxCount'>;

/**
 * Reads the log in a thread of its own, with a client of its own: what that takes of the processor is more than what most readers do
 * with the events. A page that could not be read so is given as none: who reads it otherwise then is told why.
 */
export function openTextReader(url: string): TextReader {
  const thread = new TextThread<PageRequest>(new URL('./reading-thread.js', import.meta.url), { url });
  return {
    read: async ({ after, maxCount }) => {
      const answer = await thread.ask({
        ...(after === undefined ? {} : { after }),
        ...(maxCount === undefined ? {} : { maxCount }),
      });
      return 'failure' in answer || answer.text === null ? null : LogText.of(answer.text, answer.count);
    },
    close: () => thread.close(),
  };
}
