import { createHmac, hash, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const SCRATCH_BYTES = 64 * 1024;
// A UTF-16 code unit takes at most so many bytes of UTF-8.
const MAX_BYTES_A_UNIT = 3;

/**
 * HMAC-SHA-256 of many messages under one key (RFC 2104): the two padded keys are made once, and each message costs two one-shot
 * digests. An `Hmac` object a message costs twice as much, half of it for the garbage collector.
 */
export class Hmac {
  readonly #key: KeyObject;
  /** The key with the inner padding, and room for a message. */
  readonly #inner = Buffer.alloc(SCRATCH_BYTES);
  /** The key with the outer padding, and room for the inner digest. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  constructor(key: KeyObject) {
    this.#key = key;
    const bytes = key.export();
    const block = bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes;
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      const byte = block[at] ?? 0;
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  /** The HMAC of a text's UTF-8 bytes, in base64url. */
  of(text: string): string {
    if (BLOCK_BYTES + text.length * MAX_BYTES_A_UNIT > SCRATCH_BYTES)
      return createHmac('sha256', this.#key).update(text).digest('base64url');
    const end = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES);
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64url');
  }
}
