import { createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { fromBase64url } from '../event-store/base64url.js';
import { Hmac, hmacUnder } from '../event-store/hmac.js';
import { CtrCipher } from './ctr-cipher.js';

const IV_BYTES = 16;
const MAX_CHARACTERS = 256;

/**
 * Makes log positions opaque to clients: encrypted and authenticated under the installation's position key, so they say nothing
 * of how busy it is. Deterministic (a synthetic IV, as in RFC 5297): one position has one text.
 */
export class LogPositionCodec {
  readonly #key: () => KeyObject;
  /** What was derived from the key that was in use last. */
  #keys: { readonly of: KeyObject; readonly encrypt: CtrCipher; readonly authenticate: Hmac } | null = null;

  /** `key` gives the position key. */
  constructor(key: () => KeyObject) {
    this.#key = key;
  }

  /** The text that clients see: base64url. */
  encode(position: string): string {
    const { encrypt, authenticate } = this.#derived();
    const iv = ivOf(position, authenticate);
    return Buffer.concat([iv, encrypt.apply(Buffer.from(position), iv)]).toString('base64url');
  }

  /** The position of a text; null if this installation has never given it. */
  decode(text: string): string | null {
    if (text.length > MAX_CHARACTERS) return null;
    // One text for each position: other spellings of the same bytes were never given.
    const bytes = fromBase64url(text);
    if (bytes === null || bytes.length <= IV_BYTES) return null;
    const iv = bytes.subarray(0, IV_BYTES);
    const { encrypt, authenticate } = this.#derived();
    const position = encrypt.apply(bytes.subarray(IV_BYTES), iv).toString();
    return timingSafeEqual(ivOf(position, authenticate), iv) ? position : null;
  }

  #derived(): { readonly encrypt: CtrCipher; readonly authenticate: Hmac } {
    const of = this.#key();
    if (this.#keys?.of !== of)
      this.#keys = {
        of,
        encrypt: new CtrCipher(derive(of, 'encrypt')),
        authenticate: new Hmac(derive(of, 'authenticate')),
      };
    return this.#keys;
  }
}

function derive(key: KeyObject, use: string): KeyObject {
  return createSecretKey(Buffer.from(hmacUnder(key).of(`tokenledger position ${use}`), 'base64url'));
}

function ivOf(position: string, authenticate: Hmac): Buffer {
  return Buffer.from(authenticate.of(position), 'base64url').subarray(0, IV_BYTES);
}
