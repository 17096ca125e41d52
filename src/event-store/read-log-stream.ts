import { LOG_STREAM, streamName } from '../domain/streams.js';
import type { EventStore, RecordedEvent } from './event-store.js';

// An event that names an archive may be large.
const PAGE = 20;

/** What `…log` is read on with. */
export interface LogStreamReading {
  readonly store: Pick<EventStore, 'readStream'>;
  /** What every stream name of this installation begins with. */
  readonly prefix: string;
  /** The revision to read next, asked for before each page: others may have read on meanwhile. */
  readonly next: () => number;
  readonly take: (recorded: RecordedEvent) => void;
}

/** Reads `…log` on to its end, as it is stored. Rejects as the store does. */
export async function readLogStream({ store, prefix, next, take }: LogStreamReading): Promise<void> {
  for (;;) {
    const options = { from: next(), maxCount: PAGE, fromLeader: true } as const;
    const page = await store.readStream(`${prefix}${streamName(LOG_STREAM)}`, options);
    for (const recorded of page) take(recorded);
    if (page.length < PAGE) return;
  }
}
