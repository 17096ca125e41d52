import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from './errors.js';

/**
 * Makes a folder and its parents, for their owner alone, where they are missing. One by one: `mkdir` with `recursive` does not end
 * where a parent accepts no new folders (`/proc/x`). Throws `NotAFolderError`, or as the file system does.
 */
export function makeFolder(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw new NotAFolderError(`${folder} is not a folder`);
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** A part of a path is something else than a folder. */
export class NotAFolderError extends Error {
  override readonly name = 'NotAFolderError';
}
