import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretKey, randomBytes } from 'node:crypto';
import { attemptOf, parseIdempotencyKey } from '../../src/security/attempt.js';
import { clientTag } from '../../src/security/client-tag.js';
import { LogPositionCodec } from '../../src/security/log-position-codec.js';

const newKey = (): ReturnType<typeof createSecretKey> => createSecretKey(randomBytes(32));
const key = newKey();

describe('an attempt', () => {
  it('is 16 bytes, the same for the same key, and says nothing without the refresh key', () => {
    const attempt = attemptOf(key, 'a');
    expect(attempt).toMatch(/^[\w-]{22}$/);
    expect(attemptOf(key, 'a')).toBe(attempt);
    expect(new Set([attempt, attemptOf(key, 'b'), attemptOf(newKey(), 'a')]).size).toBe(3);
  });

  it.each([
    [undefined, null],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e"', '8e03978e'],
    [' "a b" ', 'a b'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['a"b', 'a"b'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('is named by the header %j as %j', (header, named) => {
    expect(parseIdempotencyKey(header)).toEqual({ ok: true, key: named });
  });

  it.each(['', ' ', '""', '"', '"a', '"a"b', '"a\\x"', '"a";q=1', 'ä', 'a\tb', 'a\u007f', 'x'.repeat(256)])(
    'is not named by the header %j',
    (header) => {
      expect(parseIdempotencyKey(header)).toEqual({ ok: false });
    },
  );

  it('any header is answered, and what is quoted is what was meant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseIdempotencyKey(text)).toHaveProperty('ok');
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 }), (text) => {
        const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`;
        expect(parseIdempotencyKey(quoted)).toEqual({ ok: true, key: text });
      }),
    );
  });
});

describe('a client tag', () => {
  it('is 8 bytes, the same for one agent and network in one family, another in any other case', () => {
    const marks = { userAgent: 'Agent/1', network: '203.0.113.0/24' };
    const tag = clientTag(key, 'sid', marks);
    expect(tag).toMatch(/^[\w-]{11}$/);
    expect(clientTag(key, 'sid', { ...marks })).toBe(tag);
    const others = [
      clientTag(newKey(), 'sid', marks),
      clientTag(key, 'other', marks),
      clientTag(key, 'sid', { ...marks, userAgent: null }),
      clientTag(key, 'sid', { ...marks, network: null }),
      clientTag(key, 'sid', { userAgent: marks.network, network: marks.userAgent }),
    ];
    expect(new Set([tag, ...others]).size).toBe(6);
  });
});

describe('a log position', () => {
  const codec = new LogPositionCodec(() => key);
  const positions = [
    '00000000000000000000',
    '00000000000000000001',
    '00000000000000012345/00000000000000012345',
    '99999999999999999999/99999999999999999999',
  ];

  it('has one text, by which only this installation knows it', () => {
    const other = new LogPositionCodec(newKey);
    for (const position of positions) {
      const text = codec.encode(position);
      expect(text).toMatch(/^[\w-]+$/);
      expect(codec.encode(position)).toBe(text);
      expect(codec.decode(text)).toBe(position);
      expect(other.decode(text)).toBeNull();
    }
  });

  it('says nothing of how busy the installation is: neighbours share no bytes but by chance', () => {
    const texts = Array.from({ length: 50 }, (_, index) => codec.encode(String(index).padStart(20, '0')));
    expect(new Set(texts.map((text) => text.slice(0, 8))).size).toBe(50);
    expect(new Set(texts.map((text) => text.slice(-8))).size).toBe(50);
  });

  it('that was never given is none: changed, cut, respelt, or anything at all', () => {
    for (const position of positions) {
      const text = codec.encode(position);
      for (let at = 0; at < text.length; at += 1) {
        const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
        expect(codec.decode(changed)).toBeNull();
      }
      for (const wrong of [text.slice(1), text.slice(0, -1), `${text}=`, `${text}A`, ` ${text}`, position])
        expect(codec.decode(wrong)).toBeNull();
    }
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => codec.decode(text) === null));
  });
});
