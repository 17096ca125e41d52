import { createHmac, hash, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const SCRATCH_BYTES = 64 * 1024;
// A UTF-16 code unit takes at most so many bytes of UTF-8.
const MAX_BYTES_A_UNIT = 3;
const INNER_PADDING = 0x36;
const OUTER_PADDING = 0x5c;

/** The key with the inner padding and a message, while its digest is computed. */
const scratch = Buffer.alloc(SCRATCH_BYTES);

/**
 * HMAC-SHA-256 of many messages under one key (RFC 2104): the two padded keys are made once, and each message costs two one-shot
 * digests. An `Hmac` object a message costs twice as much, half of it for the garbage collector.
 */
export class Hmac {
  readonly #key: KeyObject;
  /** The key with the inner padding. */
  readonly #inner: Buffer;
  /** The key with the outer padding, and room for the inner digest. */
  readonly #outer: Buffer;

  constructor(key: KeyObject) {
    this.#key = key;
    const bytes = key.export();
    const block = bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes;
    this.#inner = padded(block, BLOCK_BYTES, INNER_PADDING);
    this.#outer = padded(block, BLOCK_BYTES + DIGEST_BYTES, OUTER_PADDING);
  }

  /** The HMAC of a text's UTF-8 bytes, in base64url. */
  of(text: string): string {
    if (BLOCK_BYTES + text.length * MAX_BYTES_A_UNIT > SCRATCH_BYTES)
      return createHmac('sha256', this.#key).update(text).digest('base64url');
    scratch.set(this.#inner);
    const end = BLOCK_BYTES + scratch.write(text, BLOCK_BYTES);
    this.#outer.write(hash('sha256', scratch.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64url');
  }
}

function padded(key: Uint8Array, length: number, padding: number): Buffer {
  const block = Buffer.alloc(length);
  for (let at = 0; at < BLOCK_BYTES; at += 1) block[at] = (key[at] ?? 0) ^ padding;
  return block;
}

const kept = new WeakMap<KeyObject, Hmac>();

/** The same for a key that comes again and again, as long as somebody holds the key. */
export function hmacUnder(key: KeyObject): Hmac {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const hmac = new Hmac(key);
  kept.set(key, hmac);
  return hmac;
}
