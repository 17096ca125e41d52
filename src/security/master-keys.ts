import { isoOf, type Instant } from '../domain/instant.js';
import type { KeyFile } from './key-file-shape.js';
import { newMasterKey } from './new-keys.js';

/** The keys with a new master key in front. The former ones stay until each user's key is wrapped by the new one. */
export function rewrapMaster(keys: KeyFile, now: Instant): KeyFile {
  return { ...keys, master: [newMasterKey(now), ...keys.master] };
}

/**
 * The keys with the newest master key alone. To be called once no user's key is wrapped by another: what a dropped key wraps can
 * never be read again. The file keeps the ids, so a running server knows that the keys were dropped on purpose.
 */
export function dropOldMasters(keys: KeyFile, now: Instant): KeyFile {
  const [newest, ...old] = keys.master;
  if (newest === undefined || old.length === 0) return keys;
  const dropped = old.map(({ id, createdAt }) => ({ id, createdAt, droppedAt: isoOf(now) }));
  return { ...keys, master: [newest], droppedMasters: [...dropped, ...(keys.droppedMasters ?? [])] };
}
