import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { fromBase64url } from '../event-store/base64url.js';

const CIPHER = 'aes-256-ctr';
const IV_BYTES = 16;
const MAX_CHARACTERS = 256;

/**
 * Makes log positions opaque to clients: encrypted and authenticated under the installation's position key, so they say nothing
 * of how busy it is. Deterministic (a synthetic IV, as in RFC 5297): one position has one text.
 */
export class LogPositionCodec {
  readonly #key: () => KeyObject;
  /** What was derived from the key that was in use last. */
  #keys: { readonly of: KeyObject; readonly encrypt: Buffer; readonly authenticate: Buffer } | null = null;

  /** `key` gives the position key. */
  constructor(key: () => KeyObject) {
    this.#key = key;
  }

  /** The text that clients see: base64url. */
  encode(position: string): string {
    const plain = Buffer.from(position);
    const iv = this.#ivOf(plain);
    const cipher = createCipheriv(CIPHER, this.#derived('encrypt'), iv);
    return Buffer.concat([iv, cipher.update(plain), cipher.final()]).toString('base64url');
  }

  /** The position of a text; null if this installation has never given it. */
  decode(text: string): string | null {
    if (text.length > MAX_CHARACTERS) return null;
    // One text for each position: other spellings of the same bytes were never given.
    const bytes = fromBase64url(text);
    if (bytes === null || bytes.length <= IV_BYTES) return null;
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#derived('encrypt'), iv);
    const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]);
    return timingSafeEqual(this.#ivOf(plain), iv) ? plain.toString() : null;
  }

  #ivOf(plain: Buffer): Buffer {
    return createHmac('sha256', this.#derived('authenticate')).update(plain).digest().subarray(0, IV_BYTES);
  }

  #derived(use: 'encrypt' | 'authenticate'): Buffer {
    const of = this.#key();
    if (this.#keys?.of !== of)
      this.#keys = { of, encrypt: derive(of, 'encrypt'), authenticate: derive(of, 'authenticate') };
    return this.#keys[use];
  }
}

function derive(key: KeyObject, use: string): Buffer {
  return createHmac('sha256', key).update(`tokenledger position ${use}`).digest();
}
