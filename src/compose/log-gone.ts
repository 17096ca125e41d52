import { LOG_STREAM, streamName } from '../domain/streams.js';
import { LogNotOpenedError } from '../event-store/open-event-log.js';
import type { HighWater } from '../key-store/high-water-mark.js';
import type { Stores } from './stores.js';

/** Where a log was looked for. */
export interface LookedForLog {
  /** The file or the server, in words. */
  readonly place: string;
  /** STREAM_PREFIX. */
  readonly prefix: string;
  /** The prefix of a log that is there instead; null if none is known. */
  readonly found: string | null;
}

/** A log that was seen before is not there: a sentence that says why that may be and what to do. */
export function logGone({ place, prefix, found }: LookedForLog, { position, eventId }: HighWater): LogNotOpenedError {
  const mark = `the high-water mark beside the users’ keys says that it was at position ${position} with event ${eventId}`;
  if (found !== null)
    return new LogNotOpenedError(
      `The log in ${place} has no events of STREAM_PREFIX ${prefix}, and ${mark}. ` +
        `It has events of STREAM_PREFIX ${found}: set STREAM_PREFIX back to that. For a new installation, set DATA_DIR to a new folder.`,
    );
  return new LogNotOpenedError(
    `The log in ${place} is empty, and ${mark}. ` +
      `If STREAM_PREFIX (${prefix}) was another one before, set it back. ` +
      'Otherwise put the log back; or run `tokenledger restore FOLDER` with a backup and another DATA_DIR. For a new installation, set DATA_DIR to a new folder.',
  );
}

/**
 * The prefix of another log, where its first event stands in front. Only the embedded log is looked at: the first event of a server is
 * somebody else's, or that of one installation of several. Rejects as the store does.
 */
export async function otherPrefix({
  logStore,
  logIsEmbedded,
}: Pick<Stores, 'logStore' | 'logIsEmbedded'>): Promise<string | null> {
  if (!logIsEmbedded) return null;
  const [first] = await logStore.readAll({ maxCount: 1 });
  const end = streamName(LOG_STREAM);
  if (first?.type !== 'LogOpened' || !first.stream.endsWith(end)) return null;
  const prefix = first.stream.slice(0, -end.length);
  // Another program may have named the stream.
  return /^[\w.]{1,32}$/.test(prefix) ? prefix : null;
}
