import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contextWordsOf, normalEmail } from '../../src/security/email-address.js';

describe('O14: the normal form of an e-mail address', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['ada@example.com ', 'ada@example.com'],
    ['\t ada@example.com\n', 'ada@example.com'],
    ['ADA@Example.COM', 'ada@example.com'],
    ['a@münchen.de', 'a@xn--mnchen-3ya.de'],
    ['a@MÜNCHEN.de', 'a@xn--mnchen-3ya.de'],
    ['a@mu\u0308nchen.de', 'a@xn--mnchen-3ya.de'],
    ['a@xn--mnchen-3ya.de', 'a@xn--mnchen-3ya.de'],
    ['a@XN--MNCHEN-3YA.DE', 'a@xn--mnchen-3ya.de'],
    ['a@example。com', 'a@example.com'],
    ['a@例え.jp', 'a@xn--r8jz45g.jp'],
    ['a@faß.de', 'a@xn--fa-hia.de'],
    ['a@xn--mnchen-3ya.xn--ls8h.la', 'a@xn--mnchen-3ya.xn--ls8h.la'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['JOS\u00c9@example.com', 'jos\u00e9@example.com'],
    ['用户@example.com', '用户@example.com'],
    ["o'brien+tag/x=y@mail.example.co.uk", "o'brien+tag/x=y@mail.example.co.uk"],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('of %j is %s', (text, normal) => {
    expect(normalEmail(text)).toBe(normal);
  });

  it.each([
    '',
    ' ',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@@example.com',
    'ada@b@example.com',
    'ada lovelace@example.com',
    'ada@exam ple.com',
    'ada\u0000@example.com',
    'ada\r\nBcc: x@example.com',
    'ada\u200b@example.com',
    'ada\u202e@example.com',
    'ada\ud800@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    '"ada"@example.com',
    'ada<x>@example.com',
    'Ada <ada@example.com>',
    'ada@localhost',
    'ada@example.com.',
    'ada@-example.com',
    'ada@example-.com',
    'ada@exa_mple.com',
    'ada@example..com',
    'ada@example.com:25',
    'ada@ex%61mple.com',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@xn--a.com',
    'ada@xn--.com',
    'ada@xn--abc-.com',
    'ada@mail.xn--zz.com',
    'ada@XN--99zzzz999999999.com',
    'ada@münchen.xn--a.de',
    `${'a'.repeat(65)}@example.com`,
    `${'ü'.repeat(33)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'b.'.repeat(130)}com`,
    `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(10)}`,
  ])('does not exist for %j', (text) => {
    expect(normalEmail(text)).toBeNull();
  });

  it('is its own normal form', () => {
    const local = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.constantFrom('İ', 'ẞ', 'ΑΣ'));
    const text = fc.oneof(
      fc.emailAddress(),
      fc.tuple(local, fc.domain()).map(([one, other]) => `${one}@${other}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const normal = normalEmail(given);
        expect(normal === null ? null : normalEmail(normal)).toBe(normal);
      }),
    );
  });
});

describe('the words of a user', () => {
  it('are the address, its parts, the name and its parts, and the product', () => {
    expect(contextWordsOf('ada.love-lace+x@mail.example.co.uk', 'Ada  King')).toEqual([
      'ada.love-lace+x@mail.example.co.uk',
      'adalovelacexmailexamplecouk',
      'ada.love-lace+x',
      'adalovelacex',
      'ada',
      'love',
      'lace',
      'mail.example.co.uk',
      'mailexamplecouk',
      'example.co.uk',
      'examplecouk',
      'co.uk',
      'couk',
      'mail',
      'example',
      'ada  king',
      'adaking',
      'king',
      'tokenledger',
    ]);
  });

  it('are there as people read an address, too', () => {
    expect(contextWordsOf('ada@xn--mnchen-3ya.de', null)).toEqual(
      expect.arrayContaining(['ada@münchen.de', 'münchen', 'xn--mnchen-3ya.de']),
    );
  });
});
