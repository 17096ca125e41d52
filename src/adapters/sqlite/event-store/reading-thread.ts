/** The thread of a text reader: answers each place of the log with the events after it, as one text. */
import { isUtf8 } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import { openReading } from '../connection.js';
import { reasonOf } from '../errors.js';
import { textOfBytes } from '../text-of-bytes.js';
import { TEXT_OF_LOG } from './text-of-log.js';

/** After which position, and how many events at most. */
export interface TextRequest {
  readonly after: number;
  readonly maxCount: number;
}

/** The text (null: there is no event, or it is not UTF-8) and how many events it holds; or why it could not be read. */
export type TextAnswer = { readonly text: string | null; readonly count: number } | { readonly failure: string };

if (parentPort === null) throw new Error('reading-thread is started by a text reader, as a thread');
const port = parentPort;
const { path } = workerData as { readonly path: string };
const query = openReading(path).prepare(TEXT_OF_LOG).raw();

port.on('message', ({ after, maxCount }: TextRequest) => {
  port.postMessage(answer(after, maxCount));
});

function answer(after: number, maxCount: number): TextAnswer {
  try {
    const [bytes, count] = query.get(after, maxCount) as [Uint8Array | null, number];
    return { text: bytes !== null && isUtf8(bytes) ? textOfBytes(bytes) : null, count };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}
