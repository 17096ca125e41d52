import { createSecretKey, type KeyObject } from 'node:crypto';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { decrypt, encrypt, SealError } from './aes-gcm.js';
import type { NamedKey } from './held-keys.js';

const SEPARATOR = '.';

/** The master keys, newest first. */
export type Masters = readonly [NamedKey, ...NamedKey[]];

/** A user's key wrapped by the newest master key: its id, a dot, the encrypted bytes. */
export function wrap([newest]: Masters, userId: string, key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(newest.kid + SEPARATOR), encrypt(newest.key, key, contextOf(userId))]);
}

/**
 * The user's key that was wrapped. Throws `SealError` if it was changed or wrapped for another user, and
 * `StoreUnavailableError` if the key file has not the master key that it names: putting that back is enough.
 */
export function unwrap(masters: Masters, userId: string, wrapped: Uint8Array): KeyObject {
  const { masterId, sealed } = partsOf(wrapped);
  const master = masters.find(({ kid }) => kid === masterId);
  if (master === undefined)
    throw new StoreUnavailableError('key store', 'a user’s key is wrapped by a master key that is not in the key file');
  try {
    return createSecretKey(decrypt(master.key, sealed, contextOf(userId)));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new SealError(
      `the key of user ${userId} does not open (${error.message}): another tool has changed the users’ keys; put them back from a backup`,
    );
  }
}

/** Whether a user's key is wrapped by the newest master key. */
export function isWrappedBy([newest]: Masters, wrapped: Uint8Array): boolean {
  return partsOf(wrapped).masterId === newest.kid;
}

/** Whether the master key that wraps a user's key is among these. It may not open it all the same, if the key was changed. */
export function hasMasterOf(masters: readonly NamedKey[], wrapped: Uint8Array): boolean {
  const { masterId } = partsOf(wrapped);
  return masters.some(({ kid }) => kid === masterId);
}

function partsOf(wrapped: Uint8Array): { readonly masterId: string; readonly sealed: Uint8Array } {
  const at = wrapped.indexOf(SEPARATOR.charCodeAt(0));
  return { masterId: Buffer.from(wrapped.subarray(0, Math.max(at, 0))).toString(), sealed: wrapped.subarray(at + 1) };
}

/** A wrapped key put in another user's place does not open. */
function contextOf(userId: string): string {
  return `user-key:${userId}`;
}
