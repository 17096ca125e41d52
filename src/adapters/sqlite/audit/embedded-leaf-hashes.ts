import type { Leaf, LeafHashes, LeafProgress, RememberedTree } from '../../../audit/leaf-hashes.js';
import type { Query, Row, SqliteClient, SqliteFile } from '../sqlite-file.js';
import { SqliteOpenError } from '../errors.js';
import { asBytes, textOfBytes } from '../text-of-bytes.js';
import {
  APPEND_LEAVES,
  CLEAR_LEAVES,
  HASH_BYTES,
  REMEMBER_TREE,
  type AppendLeavesArgs,
  type RememberArgs,
} from './leaf-hash-jobs.js';

/** The job module that a SQLite file must be opened with to hold the leaf hashes. */
export const LEAF_HASH_JOBS = new URL('./leaf-hash-jobs.js', import.meta.url);

/** The leaf hashes in a SQLite file, and how to close it. */
export interface EmbeddedLeafHashes extends LeafHashes {
  close(): Promise<void>;
}

/** The leaf hashes in a SQLite file of their own, which is opened (with `LEAF_HASH_JOBS`) when they are needed first. */
export function openEmbeddedLeafHashes(open: () => Promise<SqliteFile>): EmbeddedLeafHashes {
  let opening: Promise<OpenedLeaves> | null = null;
  const inFile = async (): Promise<InFile> => {
    opening ??= opened(open);
    try {
      return (await opening).leaves;
    } catch (error) {
      // The next question opens it again: somebody may have removed a damaged one.
      opening = null;
      throw error;
    }
  };
  return {
    progress: async () => (await inFile()).progress(),
    append: async (from, leaves, progress) => (await inFile()).append(from, leaves, progress),
    read: async (from, maxCount) => (await inFile()).read(from, maxCount),
    indexOf: async (eventId) => (await inFile()).indexOf(eventId),
    remember: async (tree) => (await inFile()).remember(tree),
    remembered: async () => (await inFile()).remembered(),
    clear: async () => (await inFile()).clear(),
    close: async () => {
      const unopened = (): null => null;
      await (await opening?.catch(unopened))?.file.close();
    },
  };
}

interface OpenedLeaves {
  readonly file: SqliteFile;
  readonly leaves: InFile;
}

async function opened(open: () => Promise<SqliteFile>): Promise<OpenedLeaves> {
  let file: SqliteFile | null = null;
  try {
    file = await open();
    return { file, leaves: new InFile(file.client('event store')) };
  } catch (error) {
    await file?.close();
    if (error instanceof SqliteOpenError && /SQLITE_(?:NOTADB|CORRUPT)/.test(error.message))
      error.message += '; remove it: all that it held is made of the log again';
    throw error;
  }
}

class InFile {
  readonly #client: SqliteClient;
  readonly #progress: Query;
  readonly #page: Query;
  readonly #find: Query;
  readonly #remembered: Query;

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#progress = client.query(
      `select size, ${['position', 'last_position', 'last_event_id'].map(asBytes).join(', ')} from leaf_progress`,
    );
    this.#page = client.query(`
      select ${asBytes('l.event_id')}, ${asBytes('s.name')}, l.revision, l.hash from leaves l cross join leaf_streams s on s.id = l.stream_id
      where l.number >= ? order by l.number limit ?
    `);
    this.#find = client.query('select number from leaves where event_id = ? order by number limit 1');
    this.#remembered = client.query('select size, roots from remembered_tree');
  }

  progress(): LeafProgress | null {
    const row = this.#progress.get() as readonly [number, Uint8Array, Uint8Array, Uint8Array] | undefined;
    if (row === undefined) return null;
    const [size, position, lastPosition, eventId] = row;
    const lastEvent = { position: textOfBytes(lastPosition), eventId: textOfBytes(eventId) };
    return { size, position: textOfBytes(position), lastEvent };
  }

  append(from: number, leaves: readonly Leaf[], progress: Omit<LeafProgress, 'size'>): Promise<boolean> {
    const { position, lastEvent } = progress;
    const hashes = new Uint8Array(leaves.length * HASH_BYTES);
    const args: [...AppendLeavesArgs] = [from, position, lastEvent.position, lastEvent.eventId, hashes];
    leaves.forEach(({ eventId, stream, revision, hash }, index) => {
      hashes.set(hash, index * HASH_BYTES);
      args.push(eventId, stream, revision);
    });
    return this.#client.run<boolean>(APPEND_LEAVES, args);
  }

  read(from: number, maxCount: number): readonly Leaf[] {
    return this.#page.all(from, maxCount).map(leafOf);
  }

  indexOf(eventId: string): number | null {
    return (this.#find.get(eventId)?.[0] ?? null) as number | null;
  }

  async remember({ size, roots }: RememberedTree): Promise<void> {
    const args: RememberArgs = { size, roots: Uint8Array.from(Buffer.concat(roots)) };
    await this.#client.run(REMEMBER_TREE, args);
  }

  remembered(): RememberedTree | null {
    const row = this.#remembered.get() as readonly [number, Uint8Array] | undefined;
    if (row === undefined) return null;
    const [size, all] = row;
    const roots: Buffer[] = [];
    for (let from = 0; from < all.length; from += HASH_BYTES)
      roots.push(Buffer.from(all.subarray(from, from + HASH_BYTES)));
    return { size, roots };
  }

  async clear(): Promise<void> {
    await this.#client.run(CLEAR_LEAVES, null);
  }
}

function leafOf(row: Row): Leaf {
  const [eventId, stream, revision, hash] = row as readonly [Uint8Array, Uint8Array, number, Uint8Array];
  const of = { eventId: textOfBytes(eventId), stream: textOfBytes(stream) };
  return { ...of, revision, hash: Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength) };
}
