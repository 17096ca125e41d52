import { SEAL_STREAM, streamName } from '../domain/streams.js';
import type { EventStore } from '../event-store/event-store.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import type { LeafHashes } from './leaf-hashes.js';
import { CompactRange } from './merkle.js';
import { NoteError, parseNote, type SignedNote } from './note.js';
import { isOurs, type KeptNote } from './note-trail.js';
import type { NoteKey } from './seal.js';

export interface AuthenticLeavesOptions {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly prefix: string;
  readonly noteKeys: readonly Pick<NoteKey, 'kid' | 'publicKey'>[];
  readonly leaves: LeafHashes;
  readonly against: readonly KeptNote[];
}

const PAGE = 1_000;
// Of the notes in the log so many of the newest are looked at.
const NEWEST_NOTES = 50;

/** How many of the leaves a good note confirms: the log or somebody else keeps it. 0 if none does. */
export async function authenticSize(options: AuthenticLeavesOptions): Promise<number> {
  const { leaves } = options;
  const notes = [...(await notesOfLog(options)), ...options.against.map(({ text }) => text)]
    .map(parsed)
    .filter((note) => note !== null && isOurs(note, options.noteKeys));
  const roots = new Map<number, SignedNote[]>();
  for (const note of notes) if (note !== null) roots.set(note.size, [...(roots.get(note.size) ?? []), note]);
  const tree = new CompactRange();
  let size = 0;
  for (;;) {
    const page = await leaves.read(tree.size, PAGE);
    for (const { hash } of page) {
      tree.append(hash);
      if (roots.get(tree.size)?.some(({ root }) => root.equals(tree.root())) === true) size = tree.size;
    }
    if (page.length < PAGE) return size;
  }
}

async function notesOfLog({ store, prefix }: AuthenticLeavesOptions): Promise<readonly string[]> {
  const stream = `${prefix}${streamName(SEAL_STREAM)}`;
  const reading = store.readStream(stream, { direction: 'backwards', maxCount: NEWEST_NOTES });
  const events = await unlessDestroyed(reading, []);
  return events.map(({ data }) => {
    try {
      const { note } = JSON.parse(data) as { readonly note?: unknown };
      return typeof note === 'string' ? note : '';
    } catch {
      return '';
    }
  });
}

function parsed(text: string): SignedNote | null {
  try {
    return parseNote(text);
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}
