import type { KeyFile } from './key-file-shape.js';
import { allIntegrityKeys } from './integrity-keys.js';

/** A key by its id, and what would be another key under that id. */
type Secrets = ReadonlyMap<string, string>;

/**
 * Why a running server cannot take a key file in place of its own; null if it can. What old data needs must still be there:
 * the lookup and position keys, all master keys that were not dropped on purpose, and all integrity keys. No id may name
 * another key than before.
 */
export function checkAgainstRunning(next: KeyFile, running: KeyFile): string | null {
  if (next.lookup !== running.lookup) return 'the lookup key is not the one in use';
  if (next.position !== running.position) return 'the position key is not the one in use';
  return missingMaster(next, running) ?? missingIntegrity(next, running) ?? otherKey(next, running);
}

function missingMaster(next: KeyFile, running: KeyFile): string | null {
  const known = new Set([...next.master, ...(next.droppedMasters ?? [])].map(({ id }) => id));
  const missing = running.master.find(({ id }) => !known.has(id));
  return missing === undefined ? null : `the master key ${missing.id} is missing`;
}

function missingIntegrity(next: KeyFile, running: KeyFile): string | null {
  const known = new Set(allIntegrityKeys(next).map(({ kid }) => kid));
  const missing = allIntegrityKeys(running).find(({ kid }) => !known.has(kid));
  return missing === undefined ? null : `the integrity key ${missing.kid} is missing`;
}

function otherKey(next: KeyFile, running: KeyFile): string | null {
  const before = secretsOf(running);
  for (const [id, secret] of secretsOf(next))
    if ((before.get(id) ?? secret) !== secret) return `${id} names another key than the one in use`;
  return null;
}

function secretsOf(keys: KeyFile): Secrets {
  const { master, mail, notes, refresh, access } = keys;
  return new Map([
    ...master.map(({ id, secret }) => [id, secret] as const),
    ...[...allIntegrityKeys(keys), ...mail, ...refresh].map(({ kid, secret }) => [kid, secret] as const),
    ...[...notes, ...access].map(({ kid, jwk }) => [kid, jwk.d] as const),
  ]);
}
