/** The thread of a text reader: answers each place of the log with the events after it. */
import { isUtf8 } from 'node:buffer';
import { workerData } from 'node:worker_threads';
import { answerTexts } from '../../../event-store/text-thread.js';
import { openReading } from '../connection.js';
import { reasonOf } from '../errors.js';
import { textOfBytes } from '../text-of-bytes.js';
import { TEXT_OF_LOG } from './text-of-log.js';

/** After which position, and how many events at most. */
export interface PageRequest {
  readonly after: number;
  readonly maxCount: number;
}

const { path } = workerData as { readonly path: string };
const query = openReading(path).prepare(TEXT_OF_LOG).raw();

answerTexts(
  (request) => {
    const { after, maxCount } = request as PageRequest;
    const [bytes, count] = query.get(after, maxCount) as [Uint8Array | null, number];
    return { text: bytes !== null && isUtf8(bytes) ? textOfBytes(bytes) : null, count };
  },
  (error) => ({ failure: reasonOf(error), isStores: true }),
);
