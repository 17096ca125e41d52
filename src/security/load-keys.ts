import { instantOf } from '../domain/instant.js';
import { createKeyFile, KeyFileError, readKeyFile, type KeyFile } from './key-file.js';

/** Where the keys are, and whether they may be made. */
export interface KeysLocation {
  readonly file: string;
  /** On the first start of an embedded installation: there is nothing yet that other keys would protect. */
  readonly mayCreate: boolean;
}

/** The keys of the installation; makes them if there are none and that is allowed. Rejects with `KeyFileError`. */
export async function loadKeys({ file, mayCreate }: KeysLocation, now: number): Promise<KeyFile> {
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (error instanceof KeyFileError && error.missing && mayCreate) return createKeyFile(file, instantOf(now));
    throw error;
  }
}
