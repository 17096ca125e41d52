import { StoreUnavailableError } from '../../../domain/unavailable.js';
import { DEFAULT_MAX_COUNT, type TextReader } from '../../../event-store/event-store.js';
import { LogText } from '../../../event-store/log-text.js';
import { TextThread } from '../../../event-store/text-thread.js';
import type { PageRequest } from './reading-thread.js';
import { inFile } from './subscription.js';

/** Reads the log in a thread of its own, through a connection of its own. */
export function openTextReader(path: string): TextReader {
  const thread = new TextThread<PageRequest>(new URL('./reading-thread.js', import.meta.url), { path });
  return {
    read: async ({ after, maxCount = DEFAULT_MAX_COUNT }) => {
      const answer = await thread.ask({ after: after === undefined ? 0 : inFile(after), maxCount });
      if ('failure' in answer) throw new StoreUnavailableError('event store', answer.failure);
      return answer.text === null ? null : LogText.of(answer.text, answer.count);
    },
    close: () => thread.close(),
  };
}
