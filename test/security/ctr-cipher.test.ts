import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { CtrCipher } from '../../src/security/ctr-cipher.js';

const key = createSecretKey(randomBytes(32));
const cipher = new CtrCipher(key);
const COUNTER_BYTES = 16;
const counters = fc.oneof(
  fc.uint8Array({ minLength: COUNTER_BYTES, maxLength: COUNTER_BYTES }),
  // Where it is carried over, and where it begins again at zero.
  fc.integer({ min: 0, max: COUNTER_BYTES }).map((bytes) => new Uint8Array(COUNTER_BYTES).fill(255, COUNTER_BYTES - bytes)),
);

describe('a cipher in counter mode', () => {
  it('gives what OpenSSL gives, whatever was encrypted before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), counters, (message, counter) => {
        const expected = createCipheriv('aes-256-ctr', key, counter).update(message);
        expect(cipher.apply(message, counter)).toEqual(expected);
      }),
    );
  });

  it('decrypts what it encrypted', () => {
    const counter = randomBytes(COUNTER_BYTES);
    expect(cipher.apply(cipher.apply(Buffer.from('a position'), counter), counter).toString()).toBe('a position');
  });
});
