import type { Leaf, LeafHashes, LeafProgress, RememberedTree } from '../../../audit/leaf-hashes.js';
import { bytesOfId, idOfBytes } from '../event-id.js';
import type { Query, SqliteClient, SqliteFile } from '../sqlite-file.js';
import { SqliteOpenError } from '../errors.js';
import { asBytes, textOfBytes } from '../text-of-bytes.js';
import {
  APPEND_LEAVES,
  CLEAR_LEAVES,
  HASH_BYTES,
  ID_BYTES,
  REMEMBER_TREE,
  type AppendLeavesArgs,
  type RememberArgs,
} from './leaf-hash-jobs.js';

/** The job module that a SQLite file must be opened with to hold the leaf hashes. */
export const LEAF_HASH_JOBS = new URL('./leaf-hash-jobs.js', import.meta.url);

const NOTHING = new Uint8Array();

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
  readonly #stream: Query;
  readonly #find: Query;
  readonly #remembered: Query;

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#progress = client.query(
      `select size, ${['position', 'last_position', 'last_event_id'].map(asBytes).join(', ')} from leaf_progress`,
    );
    this.#page = client.query(
      `select first, ids, ${asBytes('places')}, hashes from leaf_pages where first <= ? order by first desc limit 1`,
    );
    this.#stream = client.query(`select ${asBytes('name')} from leaf_streams where id = ?`);
    this.#find = client.query('select number from leaf_events where event_id = ? order by number limit 1');
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
    const found: Leaf[] = [];
    const names = new Map<number, string>();
    for (let next = from; found.length < maxCount;) {
      const page = this.#pageWith(next);
      if (page === null) break;
      for (let index = next - page.first; index < page.count && found.length < maxCount; index += 1)
        found.push(this.#leafOf(page, index, names));
      next = page.first + page.count;
    }
    return found;
  }

  indexOf(eventId: string): number | null {
    const id = bytesOfId(eventId);
    return idOfBytes(id) === eventId ? ((this.#find.get(id)?.[0] ?? null) as number | null) : null;
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

  /** The page that holds the leaf of an index; null if there is none, or if somebody has damaged it. */
  #pageWith(index: number): LeafPage | null {
    const row = this.#page.get(index) as readonly [number, Uint8Array, Uint8Array, Uint8Array] | undefined;
    if (row === undefined) return null;
    const [first, ids, placesText, hashes] = row;
    const places = placesOf(textOfBytes(placesText));
    const count = Math.min(Math.floor(ids.length / ID_BYTES), Math.floor(hashes.length / HASH_BYTES), places.length >> 1);
    return index < first + count ? { first, count, ids, places, hashes } : null;
  }

  #leafOf({ ids, places, hashes }: LeafPage, index: number, names: Map<number, string>): Leaf {
    const streamId = places[index * 2] ?? 0;
    let stream = names.get(streamId);
    if (stream === undefined) {
      stream = textOfBytes((this.#stream.get(streamId)?.[0] ?? NOTHING) as Uint8Array);
      names.set(streamId, stream);
    }
    return {
      eventId: idOfBytes(ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)),
      stream,
      revision: places[index * 2 + 1] ?? 0,
      hash: Buffer.from(hashes.buffer, hashes.byteOffset + index * HASH_BYTES, HASH_BYTES),
    };
  }
}

/** A row of the file: the leaves that were appended at once. */
interface LeafPage {
  /** The index of the first of them. */
  readonly first: number;
  readonly count: number;
  readonly ids: Uint8Array;
  /** The number of the stream and the revision of each. */
  readonly places: readonly number[];
  readonly hashes: Uint8Array;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function placesOf(text: string): readonly number[] {
  try {
    const places: unknown = JSON.parse(text);
    return Array.isArray(places) && places.every(isIndex) ? places : [];
  } catch {
    return [];
  }
}
