import { Worker } from 'node:worker_threads';
import { StoreUnavailableError } from '../../../domain/unavailable.js';
import { DEFAULT_MAX_COUNT, type ReadAllOptions, type TextReader } from '../../../event-store/event-store.js';
import { LogText } from '../../../event-store/log-text.js';
import type { TextAnswer, TextRequest } from './reading-thread.js';
import { inFile } from './subscription.js';

/** Reads the log in a thread of its own, through a connection of its own: one page crosses as one text. */
export function openTextReader(path: string): TextReader {
  const worker = new Worker(new URL('./reading-thread.js', import.meta.url), { workerData: { path } });
  const waiting: ((answer: TextAnswer) => void)[] = [];
  let ended: string | null = null;
  const end = (reason: string): void => {
    ended ??= reason;
    for (const resolve of waiting.splice(0)) resolve({ failure: reason });
  };
  // Answers come in the order of the requests.
  worker.on('message', (answer: TextAnswer) => waiting.shift()?.(answer));
  worker.on('error', (error) => end(`reading thread failed: ${error.message}`));
  worker.on('exit', () => end('reading thread ended'));
  return {
    read: async ({ after, maxCount = DEFAULT_MAX_COUNT }: ReadAllOptions) => {
      const request: TextRequest = { after: after === undefined ? 0 : inFile(after), maxCount };
      const answer = await new Promise<TextAnswer>((resolve) => {
        if (ended !== null) {
          resolve({ failure: ended });
          return;
        }
        waiting.push(resolve);
        worker.postMessage(request);
      });
      if ('failure' in answer) throw new StoreUnavailableError('event store', answer.failure);
      return answer.text === null ? null : LogText.of(answer.text, answer.count);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
