import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { InvalidEventError } from '../../src/event-store/errors.js';

const text = fc.string({ unit: 'grapheme' });
const leaf = fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const { object } = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  object: fc.dictionary(fc.oneof(text, fc.nat({ max: 20 }).map(String)), tie('value'), { maxKeys: 6 }),
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
}));

describe('canonicalJson', () => {
  it('is RFC 8785 as another implementation writes it, and comes back unchanged', () => {
    fc.assert(
      fc.property(object, (value) => {
        const written = canonicalJson(value);
        expect(written).toBe(canonicalize(value));
        expect(canonicalJson(JSON.parse(written) as object)).toBe(written);
      }),
    );
  });

  it('sorts by UTF-16 code units, whatever order a program gives its members', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '10': 5, '9': 6, '\u{1f600}': 7, '\u0080': 8, ö: 9 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"10":5,"9":6,"\u0080":8,"ö":9,"\u20ac":1,"\u{1f600}":7,"\ufb33":3}');
  });

  it('leaves out members that are undefined, and writes minus zero as zero', () => {
    expect(canonicalJson({ b: undefined, a: -0 })).toBe('{"a":0}');
  });

  it.each([
    ['a fraction', { a: 0.5 }],
    ['a number beyond the safe integers', { a: 2 ** 53 }],
    ['NaN', { a: NaN }],
    ['infinity', { a: [-Infinity] }],
    ['a bigint', { a: 1n }],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a name', { '\udfff': 1 }],
    ['undefined in a list', { a: [undefined] }],
    ['a hole in a list', { a: new Array(2) }],
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('a') }],
    ['a date', { a: new Date(0) }],
    ['a map', { a: new Map() }],
    ['bytes', { a: new Uint8Array(2) }],
    ['a list', []],
    ['a cycle', cycle()],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(InvalidEventError);
  });
});

function cycle(): object {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}
