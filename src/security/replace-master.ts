import type { Instant } from '../domain/instant.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { KeyFile } from './key-file-shape.js';
import { readKeyFile, writeKeyFile } from './key-file.js';
import { Keyring } from './keyring.js';
import { dropOldMasters, rewrapMaster } from './master-keys.js';
import { rewrapAll } from './rewrap.js';
import { UserKeys } from './user-keys.js';

export interface MasterReplacement {
  /** The key file. */
  readonly file: string;
  readonly keyStore: KeyStore;
  readonly now: Instant;
  /** Whether no other process uses the keys: always so on the embedded side. */
  readonly alone: boolean;
  /** Throws `KeyFileRefusedError` for a file that this process could not take. */
  readonly check?: (next: KeyFile) => void;
  /** Takes the changed file into the server that this process is; without a server there is nothing to do. */
  readonly reload?: () => Promise<void>;
  /** Called with the count of users' keys looked at. */
  readonly onProgress?: (seen: number) => void;
}

/**
 * - `added`: the new master key is in the file. Once every instance has reloaded it, the next call replaces the old ones.
 * - `replaced`: every user's key is wrapped by the new master key, and the old ones are dropped.
 */
export interface MasterReplacementResult {
  readonly outcome: 'added' | 'replaced';
  readonly rewrapped: number;
}

/**
 * Replaces the master key. Other instances must know the new key before any user's key is wrapped by it, so with several
 * processes it takes two calls. A replacement that was interrupted goes on with the key that was added then. Rejects with
 * `KeyFileError`, `KeyFileRefusedError`, and as the key store does; no key is dropped then.
 */
export async function replaceMaster(replacement: MasterReplacement): Promise<MasterReplacementResult> {
  const { file, now, alone } = replacement;
  const keys = await readKeyFile(file);
  if (keys.master.length > 1) return finish(replacement, keys);
  const added = rewrapMaster(keys, now);
  await store(replacement, added);
  return alone ? finish(replacement, added) : { outcome: 'added', rewrapped: 0 };
}

async function finish(replacement: MasterReplacement, keys: KeyFile): Promise<MasterReplacementResult> {
  const { keyStore, now, onProgress } = replacement;
  const { masters } = Keyring.from(keys);
  const userKeys = new UserKeys({ keyStore, masters: () => masters });
  let rewrapped = 0;
  // Again until nothing is left: keys of new users may have been stored behind the place that was looked at.
  for (let found = -1; found !== 0; rewrapped += found) found = await rewrapAll({ keyStore, userKeys }, onProgress);
  // The file may have been rotated meanwhile.
  await store(replacement, dropOldMasters(await readKeyFile(replacement.file), now));
  return { outcome: 'replaced', rewrapped };
}

async function store({ file, check, reload }: MasterReplacement, keys: KeyFile): Promise<void> {
  check?.(keys);
  await writeKeyFile(file, keys);
  await reload?.();
}
