import { createHmac, type KeyObject } from 'node:crypto';

/**
 * The key of an email's stream: an HMAC of its normal form under a secret of its own, 43 base64url characters. A plain hash
 * of an email can be guessed.
 */
export function emailKey(lookupKey: KeyObject, normalEmail: string): string {
  return createHmac('sha256', lookupKey).update(normalEmail).digest('base64url');
}
