import { isoOf, type Instant } from '../domain/instant.js';
import type { IntegrityKey, KeyFile } from './key-file-shape.js';
import { newIntegrityKey } from './new-keys.js';

/** All keys by which events verify: the one that signs first, the one that is to sign next last. */
export function allIntegrityKeys({
  integrity,
  nextIntegrity,
}: Pick<KeyFile, 'integrity' | 'nextIntegrity'>): readonly IntegrityKey[] {
  return nextIntegrity === undefined ? integrity : [...integrity, nextIntegrity];
}

/** The keys with a new integrity key that verifies and does not sign yet; one that waits already stays the only one. */
export function prepareIntegrityKey(keys: KeyFile, now: Instant): KeyFile {
  return { ...keys, nextIntegrity: keys.nextIntegrity ?? newIntegrityKey(now) };
}

/**
 * The keys with the waiting integrity key as the one that signs, from now on; the same keys if none waits. To be called once
 * every instance has the waiting key: one that meets an event of an unknown key stops.
 */
export function startIntegrityKey(keys: KeyFile, now: Instant): KeyFile {
  const { nextIntegrity: next, ...others } = keys;
  if (next === undefined) return keys;
  // The clock may have stepped back since the key was made.
  const signsFrom = isoOf(Math.max(now, Date.parse(next.createdAt)));
  return { ...others, integrity: [{ ...next, signsFrom }, ...keys.integrity] };
}
