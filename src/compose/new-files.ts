import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/** Remembers which files are not there yet, so that a start that is refused leaves none of them behind. */
export class NewFiles {
  readonly #absent: readonly string[];

  constructor(files: readonly string[]) {
    this.#absent = files.filter((file) => !existsSync(file));
  }

  /** Removes those that are there now, with what SQLite keeps beside each. They must be closed. */
  async remove(): Promise<void> {
    for (const file of this.#absent)
      for (const part of [file, `${file}-wal`, `${file}-shm`, `${file}.lock`]) await rm(part, { force: true });
  }
}
