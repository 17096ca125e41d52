import { createCipheriv, type Cipher, type KeyObject } from 'node:crypto';

const BLOCK_CIPHER = 'aes-256-ecb';
const BLOCK_BYTES = 16;
const BYTE_VALUES = 256;

/**
 * AES-256 in counter mode (NIST SP 800-38A §6.5) for many short messages under one key. Node makes a cipher object a message, which
 * costs more than all the rest; here one object a key encrypts the counters. To decrypt is the same as to encrypt.
 */
export class CtrCipher {
  readonly #blocks: Cipher;

  /** `key` has 32 bytes. */
  constructor(key: KeyObject) {
    // Without padding every whole block comes out at once, and each is independent of those before.
    this.#blocks = createCipheriv(BLOCK_CIPHER, key, null).setAutoPadding(false);
  }

  /** The message under this first counter, of 16 bytes. A counter must not come twice with different messages. */
  apply(message: Uint8Array, counter: Uint8Array): Buffer {
    const keyStream = this.#blocks.update(countersFrom(counter, Math.ceil(message.length / BLOCK_BYTES)));
    const result = Buffer.allocUnsafe(message.length);
    for (let at = 0; at < message.length; at += 1) result[at] = (message[at] ?? 0) ^ (keyStream[at] ?? 0);
    return result;
  }
}

/** So many counters, each by one more than the one before, as big-endian numbers that begin again at zero after the last. */
function countersFrom(first: Uint8Array, count: number): Buffer {
  const counters = Buffer.allocUnsafe(count * BLOCK_BYTES);
  for (let at = 0; at < counters.length; at += BLOCK_BYTES) {
    if (at === 0) counters.set(first);
    else {
      counters.copyWithin(at, at - BLOCK_BYTES, at);
      increment(counters, at);
    }
  }
  return counters;
}

function increment(counters: Buffer, start: number): void {
  for (let at = start + BLOCK_BYTES - 1; at >= start; at -= 1) {
    const value = ((counters[at] ?? 0) + 1) % BYTE_VALUES;
    counters[at] = value;
    if (value !== 0) return;
  }
}
