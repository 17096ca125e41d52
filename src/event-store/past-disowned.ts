import { StreamDestroyedError, WrongExpectedRevisionError } from './errors.js';
import type { EventStore, ExpectedRevision } from './event-store.js';
import type { RecordedDecoding } from './recorded-decoding.js';

/** Where is looked, and what says whether an event was disowned. */
interface Appended {
  readonly store: EventStore;
  readonly decoding: RecordedDecoding;
}

// Where an append stands does not depend on what was archived.
const AT_THE_LEADER = { fromLeader: true, archived: 'left_out' } as const;

/**
 * What an append that was refused should expect instead: the next revision, where a disowned event stands behind the expected one.
 * Rejects with the refusal where none does, and with `StreamDestroyedError`.
 */
export async function pastDisowned(
  to: Appended,
  name: string,
  expected: ExpectedRevision,
  refusal: unknown,
): Promise<ExpectedRevision> {
  if (!(refusal instanceof WrongExpectedRevisionError)) throw refusal;
  const next = expected === 'no_stream' ? 0 : expected + 1;
  if (await isDisowned(to, name, next)) return next;
  throw refusal;
}

/** Whether a disowned event stands there. Rejects with `StreamDestroyedError` for a stream that reads empty and is not new. */
async function isDisowned({ store, decoding }: Appended, name: string, revision: number): Promise<boolean> {
  const [found] = await store.readStream(name, { from: revision, maxCount: 1, ...AT_THE_LEADER });
  if (found === undefined && revision === 0) throw new StreamDestroyedError(name);
  if (found?.revision !== revision) {
    if (revision === 0 && (await isVoid({ store, decoding }, name))) throw new StreamDestroyedError(name);
    return false;
  }
  const decoded = await decoding.decodeOne(found);
  return 'skipped' in decoded && decoded.skipped === 'disowned';
}

/** Whether a stream was deleted softly and somebody was to begin it again since. */
async function isVoid({ store, decoding }: Appended, name: string): Promise<boolean> {
  const [newest] = await store.readStream(name, { direction: 'backwards', maxCount: 1, ...AT_THE_LEADER });
  if (newest === undefined) return true;
  const decoded = await decoding.decodeOne(newest);
  return 'skipped' in decoded && decoded.skipped === 'void';
}
