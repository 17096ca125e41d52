import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from './errors.js';

/**
 * Makes a folder and its parents, for their owner alone, where they are missing. One by one: `mkdir` with `recursive` does not end
 * where a parent accepts no new folders (`/proc/x`). Returns those that it made, the innermost first. Throws `NotAFolderError`, or as
 * the file system does.
 */
export function makeFolder(folder: string): string[] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return [];
  if (stats !== undefined) throw new NotAFolderError(`${folder} is not a folder`);
  const parent = path.dirname(folder);
  const made = parent === folder ? [] : makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return [folder, ...made];
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
    return made;
  }
}

/** By this file git takes nothing of a folder that holds keys and personal data, should that lie in a working tree. */
export const GIT_IGNORE = '.gitignore';

/** Makes a folder likewise, and if it is new keeps it from git. Returns the files made in it. Throws as `makeFolder` does. */
export function makeDataFolder(folder: string): string[] {
  if (existsSync(folder)) {
    makeFolder(folder);
    return [];
  }
  makeFolder(folder);
  keepFromGit(folder);
  return [path.join(folder, GIT_IGNORE)];
}

/** Keeps a folder from git, unless it has rules of its own. */
export function keepFromGit(folder: string): void {
  const file = path.join(folder, GIT_IGNORE);
  if (!existsSync(file)) writeFileSync(file, '*\n', { mode: 0o600 });
}

/** A part of a path is something else than a folder. */
export class NotAFolderError extends Error {
  override readonly name = 'NotAFolderError';
}
