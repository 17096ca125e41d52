import type { Instant } from '../domain/instant.js';
import type { KeyStore } from '../key-store/key-store.js';
import { changeKeyFile } from './change-key-file.js';
import type { KeyFile } from './key-file-shape.js';
import { readKeyFile } from './key-file.js';
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
  const before = await readKeyFile(file);
  const { keys } = await store(replacement, (current) =>
    current.master.length > 1 ? current : rewrapMaster(current, now),
  );
  // Added by this call, or by another one at the same time: no instance has it yet.
  const isNew = before.master[0]?.id !== keys.master[0]?.id;
  return isNew && !alone ? { outcome: 'added', rewrapped: 0 } : finish(replacement, keys);
}

async function finish(replacement: MasterReplacement, keys: KeyFile): Promise<MasterReplacementResult> {
  const { keyStore, now, onProgress } = replacement;
  const { masters } = Keyring.from(keys);
  const userKeys = new UserKeys({ keyStore, masters: () => masters });
  let rewrapped = 0;
  // Again until nothing is left: keys of new users may have been stored behind the place that was looked at.
  for (let found = -1; found !== 0; rewrapped += found) found = await rewrapAll({ keyStore, userKeys }, onProgress);
  // Somebody else may have finished meanwhile and begun the next replacement: its former key still wraps users' keys.
  const isSame = (current: KeyFile): boolean => current.master[0]?.id === keys.master[0]?.id;
  await store(replacement, (current) => (isSame(current) ? dropOldMasters(current, now) : current));
  return { outcome: 'replaced', rewrapped };
}

async function store(
  { file, check, reload }: MasterReplacement,
  change: (keys: KeyFile) => KeyFile,
): Promise<{ readonly keys: KeyFile; readonly isChanged: boolean }> {
  const changed = await changeKeyFile({ file, check, change });
  if (changed.isChanged) await reload?.();
  return changed;
}
