import { createHmac, type KeyObject } from 'node:crypto';

/**
 * The stream of an e-mail address. Its name holds an HMAC under a key of its own: a plain hash of an address can be guessed.
 * Addresses that differ in case or in how their characters are composed are one address.
 */
export function emailStream(lookupKey: KeyObject, email: string): string {
  const normalized = email.normalize('NFC').toLowerCase();
  return `email-${createHmac('sha256', lookupKey).update(normalized).digest('base64url')}`;
}
