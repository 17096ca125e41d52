import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { StoreUnavailableError } from '../../domain/unavailable.js';

const USER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a list of erased users holds. */
export interface ListedErased {
  /** Each once, in small letters. */
  readonly userIds: readonly string[];
  /** The number of the first line that is neither an id nor blank nor a comment (`#`), counted from 1; null: there is none. */
  readonly strangeLine: number | null;
}

/**
 * The ids of erased users, one a line and nothing else, in a file apart from log and users' keys: so a restore of both knows whom
 * to erase again. One object a file and process: its writes take turns, so no id is written twice.
 */
export class ErasedList {
  readonly #file: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** What is no id is left out; no file is an empty list. Rejects with `StoreUnavailableError`. */
  async read(): Promise<readonly string[]> {
    return (await this.look()).userIds;
  }

  /** The same, with the place of what was left out, if that is not to be there. Rejects likewise. */
  async look(): Promise<ListedErased> {
    try {
      return parse(await readFile(this.#file, 'utf8'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { userIds: [], strangeLine: null };
      throw this.#failed('read', error);
    }
  }

  /** Adds the ids that are not there; on the disk when it resolves. Rejects with `StoreUnavailableError`. */
  add(userIds: readonly string[]): Promise<void> {
    const added = this.#turn.then(() => this.#add(userIds));
    this.#turn = added.catch(() => undefined);
    return added;
  }

  async #add(userIds: readonly string[]): Promise<void> {
    const listed = new Set(await this.read());
    const missing = [...new Set(userIds)].filter((userId) => !listed.has(userId));
    if (missing.length === 0) return;
    try {
      // A line that was cut off by a crash must not take the next one along.
      await flushed(this.#file, 'a', `\n${missing.join('\n')}\n`);
      if (listed.size === 0) await flushed(path.dirname(this.#file), constants.O_RDONLY);
    } catch (error) {
      throw this.#failed('written', error);
    }
  }

  #failed(what: string, error: unknown): StoreUnavailableError {
    const reason = `the list of erased users, ${this.#file}, cannot be ${what} (${codeOf(error)})`;
    return new StoreUnavailableError('key store', reason, error);
  }
}

function parse(text: string): ListedErased {
  // Other tools write ids in capitals as well.
  const lines = text.split('\n').map((line) => line.trim().toLowerCase());
  const userIds = [...new Set(lines)].filter((line) => USER_ID.test(line));
  const listed = new Set(userIds);
  const isStrange = (line: string): boolean => {
    if (line === '' || line.startsWith('#') || listed.has(line)) return false;
    // What a crash cut off does no harm where the id was listed after that.
    return !userIds.some((userId) => userId.startsWith(line));
  };
  const at = lines.findIndex(isStrange);
  return { userIds, strangeLine: at === -1 ? null : at + 1 };
}

/** Appends a text to a file, if any is given, and flushes it; a folder is flushed for its entries. */
async function flushed(file: string, flags: string | number, text?: string): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    if (text !== undefined) await handle.appendFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
