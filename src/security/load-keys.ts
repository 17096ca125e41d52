import type { Instant } from '../domain/instant.js';
import { changeKeyFile } from './change-key-file.js';
import type { AccessAlgorithm, KeyFile } from './key-file-shape.js';
import { createKeyFile, KeyFileError, readKeyFile } from './key-file.js';
import { ensureAccessAlgorithm } from './key-rotation.js';

/** Where the keys are, and whether they may be made. */
export interface KeysLocation {
  readonly file: string;
  /** On the first start of an embedded installation: there is nothing yet that other keys would protect. */
  readonly mayCreate: boolean;
  /** ACCESS_TOKEN_ALGORITHM; default EdDSA. */
  readonly alg?: AccessAlgorithm;
  /** Milliseconds that a former access key still verifies after a change of the algorithm; default 25 hours. */
  readonly accessOverlapMs?: number;
}

// Longer than any access token is valid.
const ACCESS_OVERLAP_MS = 25 * 3_600_000;

/**
 * The keys of the installation; makes them if there are none and that is allowed, and adds an access key if the algorithm has
 * changed. Rejects with `KeyFileError`.
 */
export async function loadKeys(location: KeysLocation, now: Instant): Promise<KeyFile> {
  const { file, alg = 'EdDSA', accessOverlapMs = ACCESS_OVERLAP_MS } = location;
  const keys = await readOrCreate(location, now);
  const change = (current: KeyFile): Promise<KeyFile> => ensureAccessAlgorithm(current, now, { alg, accessOverlapMs });
  // The usual start writes nothing, and needs no right to.
  if ((await change(keys)) === keys) return keys;
  // Of several instances that start at once, the first one adds the key and the others find it.
  return (await changeKeyFile({ file, change })).keys;
}

async function readOrCreate({ file, mayCreate, alg }: KeysLocation, now: Instant): Promise<KeyFile> {
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (error instanceof KeyFileError && error.missing && mayCreate) return createKeyFile(file, now, alg);
    throw error;
  }
}
