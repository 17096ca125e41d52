import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../../event-store/canonical-json.js';
import type { EventStore } from '../../event-store/event-store.js';
import { retryOnConflict } from '../../event-store/waiting.js';

/** The metadata of a stream are the newest event of a stream of this name before its own. */
const METADATA_OF = '$$';
const TRUNCATE_BEFORE = '$tb';

/**
 * Hides the events of a stream before a revision by its metadata (`$tb`); whatever else these say stays. A scavenge of the server
 * removes the events then. `$tb` never goes back. Rejects as the store does.
 */
export async function truncateStream(
  store: Pick<EventStore, 'append' | 'readStream'>,
  stream: string,
  before: number,
): Promise<void> {
  const name = `${METADATA_OF}${stream}`;
  await retryOnConflict(async () => {
    const [newest] = await store.readStream(name, { direction: 'backwards', maxCount: 1 });
    const metadata = newest === undefined ? {} : (JSON.parse(newest.data) as Readonly<Record<string, unknown>>);
    const truncatedBefore = metadata[TRUNCATE_BEFORE];
    if (typeof truncatedBefore === 'number' && truncatedBefore >= before) return;
    const data = canonicalJson({ ...metadata, [TRUNCATE_BEFORE]: before });
    const event = { id: randomUUID(), type: '$metadata', data, metadata: '{}' };
    await store.append(name, [event], newest?.revision ?? 'no_stream');
  });
}
