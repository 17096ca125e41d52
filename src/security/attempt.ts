import { createHmac, type KeyObject } from 'node:crypto';

const MAX_CHARACTERS = 255;
const ATTEMPT_BYTES = 16;
const PRINTABLE = /^[\x20-\x7e]+$/;
// A string of RFC 8941 §3.3.3: inside it, only quotes and backslashes are escaped.
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

export type IdempotencyKey = { readonly ok: true; readonly key: string | null } | { readonly ok: false };

/**
 * The key of an `Idempotency-Key` header, bare or as a quoted string; null without that header. Not ok: an empty key, one
 * of more than 255 characters, or one that is not printable ASCII.
 */
export function parseIdempotencyKey(header: string | undefined): IdempotencyKey {
  if (header === undefined) return { ok: true, key: null };
  const value = header.trim();
  const key = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(.)/g, '$1') : value;
  return key !== undefined && key.length <= MAX_CHARACTERS && PRINTABLE.test(key) ? { ok: true, key } : { ok: false };
}

/**
 * How an attempt to refresh is kept in the log: 16 bytes in base64url, by which nobody without the keys recognises the key that a
 * client sent. `refreshKey` is the key that signed the presented token, so it can be made as long as that token verifies.
 */
export function attemptOf(refreshKey: KeyObject, idempotencyKey: string): string {
  const attemptKey = createHmac('sha256', refreshKey).update('tokenledger attempt').digest();
  const mac = createHmac('sha256', attemptKey).update(idempotencyKey).digest();
  return mac.subarray(0, ATTEMPT_BYTES).toString('base64url');
}
