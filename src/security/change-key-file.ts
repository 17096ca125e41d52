import type { KeyFile } from './key-file-shape.js';
import { withKeyFileLock } from './key-file-lock.js';
import { readKeyFile, writeKeyFile } from './key-file.js';

/** A change of a key file. */
export interface KeyFileChange {
  readonly file: string;
  /** The changed keys; the very same object where there is nothing to change. */
  readonly change: (keys: KeyFile) => KeyFile | Promise<KeyFile>;
  /** Throws for keys that must not be written. */
  readonly check?: ((next: KeyFile) => void) | undefined;
  /** Reads and checks the file. Default: as it is. */
  readonly read?: () => Promise<KeyFile>;
}

/**
 * Changes a key file as it is now, in one step and one change at a time: of several at once none is lost. Resolves to what the file
 * holds then, and whether that is new. Rejects with `KeyFileError` and as the functions do; the file stays as it was then.
 */
export function changeKeyFile({
  file,
  change,
  check,
  read = () => readKeyFile(file),
}: KeyFileChange): Promise<{ readonly keys: KeyFile; readonly isChanged: boolean }> {
  return withKeyFileLock(file, async () => {
    const before = await read();
    const keys = await change(before);
    if (keys === before) return { keys, isChanged: false };
    check?.(keys);
    await writeKeyFile(file, keys);
    return { keys, isChanged: true };
  });
}
