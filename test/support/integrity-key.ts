import type { Instant } from '../../src/domain/instant.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { newIntegrityKey } from '../../src/security/new-keys.js';

/** The keys with a new integrity key as the current one, as a key file has it whose log says `IntegrityKeyChanged`. */
export function addIntegrityKey(keys: KeyFile, now: Instant): KeyFile {
  return { ...keys, integrity: [newIntegrityKey(now), ...keys.integrity] };
}
