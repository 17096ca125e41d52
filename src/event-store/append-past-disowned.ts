import { StreamDestroyedError, WrongExpectedRevisionError } from './errors.js';
import type { AppendResult, EventStore, ExpectedRevision } from './event-store.js';
import type { RecordedDecoding } from './recorded-decoding.js';

/** Where is looked, and what says whether an event was disowned. */
interface Appended {
  readonly store: EventStore;
  readonly decoding: RecordedDecoding;
}

// Where an append stands does not depend on what was archived.
const AT_THE_LEADER = { fromLeader: true, archived: 'left_out' } as const;

/**
 * Appends; where only disowned events stand behind the expected revision, after these. Resolves to the result and to the revision
 * that was expected at last. Rejects as `append` does, and with `StreamDestroyedError`.
 */
export async function appendPastDisowned(
  to: Appended,
  name: string,
  append: (expected: ExpectedRevision) => Promise<AppendResult>,
  expectedRevision: ExpectedRevision,
): Promise<[AppendResult, ExpectedRevision]> {
  for (let expected = expectedRevision; ;) {
    try {
      const result = await append(expected);
      return [result, expected];
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      const next = expected === 'no_stream' ? 0 : expected + 1;
      if (!(await isDisowned(to, name, next))) throw error;
      expected = next;
    }
  }
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
