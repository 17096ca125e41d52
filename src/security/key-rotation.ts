import { earlier, isoOf, type Instant } from '../domain/instant.js';
import type { AccessAlgorithm, AccessKey, KeyFile } from './key-file-shape.js';
import { verifiesAt, waitsAt, type Schedule } from './key-schedule.js';
import { newAccessKey, newMailKey, newRefreshKey } from './new-keys.js';

/** From a rotation until the new keys sign: twice what verifiers such as jose and PyJWT wait before they read the JWKS again. */
export const ROTATION_DELAY_MS = 70_000;

/** How long what former keys have signed is still accepted, and when the new ones sign. All times in milliseconds. */
export interface RotationOptions {
  /** The algorithm of new access keys. */
  readonly alg: AccessAlgorithm;
  /** Refresh keys: as long as a session may last. */
  readonly overlapMs: number;
  /** Access keys: as long as an access token is valid, and some time for clocks that differ. */
  readonly accessOverlapMs: number;
  /** Mail keys: as long as the longest-lived code. */
  readonly mailOverlapMs: number;
  /** From the rotation until the new keys sign. */
  readonly delayMs?: number;
}

/**
 * The keys with others that verify already and sign nothing yet: those of the next rotation. Keys that were prepared before and
 * still wait stay the only ones.
 */
export async function prepareKeys(keys: KeyFile, now: Instant, alg: AccessAlgorithm): Promise<KeyFile> {
  return {
    ...keys,
    refresh: hasWaiting(keys.refresh, now) ? keys.refresh : [newRefreshKey(now, null), ...keys.refresh],
    access: await prepareAccess(keys.access, now, alg),
    mail: hasWaiting(keys.mail, now) ? keys.mail : [newMailKey(now, null), ...keys.mail],
  };
}

/**
 * The keys with those that were prepared, or new ones, as the keys that sign `delayMs` from now (default 70 seconds; 0 for a
 * key that has leaked): no verifier meets a key that it does not know. The former ones go on verifying from that instant for
 * the overlap of their kind; those that have retired are left out. A rotation that is under way goes on, with its own instant
 * if that is earlier.
 */
export async function rotateKeys(keys: KeyFile, now: Instant, options: RotationOptions): Promise<KeyFile> {
  const start = now + (options.delayMs ?? ROTATION_DELAY_MS);
  const { alg, overlapMs, accessOverlapMs, mailOverlapMs } = options;
  const prepared = await prepareKeys(keys, now, alg);
  return {
    ...prepared,
    refresh: started(prepared.refresh, { now, start, overlapMs }),
    access: started(prepared.access, { now, start, overlapMs: accessOverlapMs }),
    mail: started(prepared.mail, { now, start, overlapMs: mailOverlapMs }),
  };
}

/**
 * The keys with one of the configured algorithm as the next to sign access tokens; the same keys if there is one. For a start
 * after ACCESS_TOKEN_ALGORITHM has changed. Times in milliseconds.
 */
export async function ensureAccessAlgorithm(
  keys: KeyFile,
  now: Instant,
  options: Pick<RotationOptions, 'alg' | 'accessOverlapMs' | 'delayMs'>,
): Promise<KeyFile> {
  if (lastSigner(keys.access)?.alg === options.alg) return keys;
  const start = now + (options.delayMs ?? ROTATION_DELAY_MS);
  const access = await prepareAccess(keys.access, now, options.alg);
  return { ...keys, access: started(access, { now, start, overlapMs: options.accessOverlapMs }) };
}

/** The algorithm of the newest access key, also of one that waits. */
export function newestAccessAlgorithm({ access }: Pick<KeyFile, 'access'>): AccessAlgorithm {
  return access[0]?.alg ?? 'EdDSA';
}

/** A waiting key of another algorithm is left out: it has signed nothing. */
async function prepareAccess(access: readonly AccessKey[], now: Instant, alg: AccessAlgorithm): Promise<AccessKey[]> {
  const fitting = access.filter((key) => !waitsAt(key, now) || key.alg === alg);
  return hasWaiting(fitting, now) ? fitting : [await newAccessKey(now, null, alg), ...fitting];
}

function hasWaiting(keys: readonly Schedule[], now: number): boolean {
  return keys.some((key) => waitsAt(key, now));
}

/** The waiting key gets its instant and comes first; the others retire one overlap after it at the latest. */
function started<K extends Schedule>(
  keys: readonly K[],
  { now, start, overlapMs }: { readonly now: Instant; readonly start: Instant; readonly overlapMs: number },
): K[] {
  const next = keys.find((key) => waitsAt(key, now));
  const signsFrom = next?.signsFrom === undefined ? start : earlier(Date.parse(next.signsFrom), start);
  const end = signsFrom + overlapMs;
  const former = keys
    .filter((key) => key !== next)
    .map((key) => ({ ...key, retireAt: isoOf(key.retireAt === undefined ? end : earlier(Date.parse(key.retireAt), end)) }))
    .filter((key) => verifiesAt(key, now));
  return next === undefined ? former : [{ ...next, signsFrom: isoOf(signsFrom) }, ...former];
}

/** The key that signs once every date of the list has come. */
function lastSigner(access: readonly AccessKey[]): AccessKey | null {
  const lasting = access.filter(({ signsFrom, retireAt }) => signsFrom !== undefined && retireAt === undefined);
  return lasting.reduce<AccessKey | null>(
    (last, key) => (last === null || (key.signsFrom ?? '') > (last.signsFrom ?? '') ? key : last),
    null,
  );
}
