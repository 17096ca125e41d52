import { open, readFile } from 'node:fs/promises';

const USER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The ids of erased users, one a line and nothing else, in a file apart from log and users' keys: so a restore of both knows whom
 * to erase again.
 */
export class ErasedList {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** What is no id is left out; no file is an empty list. Rejects as the file system does. */
  async read(): Promise<readonly string[]> {
    try {
      const lines = (await readFile(this.#file, 'utf8')).split('\n').map((line) => line.trim());
      return [...new Set(lines)].filter((line) => USER_ID.test(line));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Adds an id unless it is there; on the disk when it resolves. Rejects as the file system does. */
  async add(userId: string): Promise<void> {
    if ((await this.read()).includes(userId)) return;
    const handle = await open(this.#file, 'a', 0o600);
    try {
      // A line that was cut off by a crash must not take this one along.
      await handle.appendFile(`\n${userId}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
