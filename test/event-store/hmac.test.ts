import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHmac, createSecretKey } from 'node:crypto';
import { Hmac, hmacUnder } from '../../src/event-store/hmac.js';

describe('Hmac', () => {
  it('is HMAC-SHA-256 as node:crypto computes it, for keys and texts of any length', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), texts, (bytes, messages) => {
        const key = createSecretKey(bytes);
        const hmac = new Hmac(key);
        for (const text of messages) expect(hmac.of(text)).toBe(createHmac('sha256', key).update(text).digest('base64url'));
      }),
    );
  });

  it('computes under several keys in turn, each kept while somebody holds it', () => {
    const keys = [1, 2, 3].map((byte) => createSecretKey(Buffer.alloc(32, byte)));
    for (const text of ['a long text of one', 'short', ''])
      for (const key of keys)
        expect(hmacUnder(key).of(text)).toBe(createHmac('sha256', key).update(text).digest('base64url'));
    expect(hmacUnder(keys[0]!)).toBe(hmacUnder(keys[0]!));
  });

  it('takes texts that are longer than its scratch', () => {
    const key = createSecretKey(Buffer.alloc(32, 1));
    for (const length of [21_823, 21_824, 21_825, 100_000]) {
      const text = 'ä€'.repeat(length / 2 + 1).slice(0, length);
      expect(new Hmac(key).of(text)).toBe(createHmac('sha256', key).update(text).digest('base64url'));
    }
  });
});
