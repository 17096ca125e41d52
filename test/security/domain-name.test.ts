import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { domainToASCII } from 'node:url';
import { promisify } from 'node:util';
import { normalDomain, readableDomain } from '../../src/security/domain-name.js';

const run = promisify(execFile);
const ZWJ = '\u200d';
const ZWNJ = '\u200c';

describe('the normal form of a domain', () => {
  it.each([
    ['Example.COM', 'example.com'],
    ['ab--cd.example.com', 'ab--cd.example.com'],
    ['ab--cd.münchen.de', 'ab--cd.xn--mnchen-3ya.de'],
    ['straße.de', 'xn--strae-oqa.de'],
    ['STRAẞE.de', 'xn--strae-oqa.de'],
    ['xn--strae-oqa.de', 'xn--strae-oqa.de'],
    ['strasse.de', 'strasse.de'],
    ['ΣΑΣ.gr', 'xn--mxa9ab.gr'],
    // After a virama a joiner changes how the letters are written; anywhere else it is invisible.
    [`क्${ZWJ}ष.com`, 'xn--11b2ezcw70k.com'],
    ['א1.com', 'xn--1-zhc.com'],
    ['ﬁsh.com', 'fish.com'],
    ['\u212a.com', 'k.com'],
    ['example。com', 'example.com'],
    ['XN--LS8H.la', 'xn--ls8h.la'],
    [`${'ü'.repeat(50)}.de`, `xn--tda${'a'.repeat(49)}.de`],
    [`${'b'.repeat(63)}.de`, `${'b'.repeat(63)}.de`],
  ])('of %j is %s', (text, normal) => {
    expect(normalDomain(text)).toBe(normal);
  });

  it.each([
    ['a joiner without a virama before it', `x${ZWJ}y.com`],
    ['the other joiner at an end', `نی${ZWNJ}.com`],
    ['both directions in a label', 'אa.com'],
    ['a digit first in a label from right to left', '1א.com'],
    ['a direction that does not fit another label', '1a.א.com'],
    ['an A-label of what is mapped', 'xn--a-ecp.ru'],
    ['an A-label of ASCII', 'xn--abc-.com'],
    ['an A-label of nothing', 'xn--.com'],
    ['an A-label that is no Punycode', 'xn--99999999999.com'],
    ['an A-label with other letters in it', 'xn--ü.com'],
    ['an A-label of a wrong hyphen', 'xn----eha.de'],
    ['a hyphen first', '-ü.de'],
    ['a hyphen last', 'ü-.de'],
    ['hyphens in the place of a prefix', 'mü--x.de'],
    ['a label that is too long as it is sent', `${'ü'.repeat(60)}.de`],
    ['a label that is too long', `${'b'.repeat(64)}.de`],
    ['a name that is too long', `ü.${'b.'.repeat(125)}de`],
    ['an underscore', 'ü_x.de'],
    ['an underscore in another label', 'a_b.münchen.de'],
    ['an empty label', 'ü..de'],
    ['an empty first label', '.ü.de'],
    ['an empty last label', 'ü.de.'],
    ['a mark first', '\u0301a.com'],
    ['a sign that is mapped to ASCII', 'a／b.com'],
    ['a blank that is mapped to ASCII', 'a\u00a0b.com'],
    ['one label', 'ü'],
    ['an address', '127.0.0.1'],
    ['an address in hexadecimal digits', '0x7f.0x1'],
    ['an address of other digits', '１２７.０.０.１'],
  ])('does not exist with %s', (_, text) => {
    expect(normalDomain(text)).toBeNull();
  });

  it('is its own normal form, and that of what people read', () => {
    const label = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'ß', 'ü', 'א', '1', '-', 'σ', ZWJ, 'क', '्'), minLength: 1, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'z', '1', '9', '-'), maxLength: 8 }).map((text) => `xn--${text}`),
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
        const normal = normalDomain([...labels, 'example'].join('.'));
        if (normal === null) return;
        expect(normal).toMatch(/^[a-z0-9.-]+$/);
        expect(normalDomain(normal)).toBe(normal);
        expect(normalDomain(readableDomain(normal))).toBe(normal);
      }),
    );
  });

  it('is where a URL of that domain leads', () => {
    const label = fc.string({ unit: fc.constantFrom('a', 'B', 'ß', 'ü', 'Σ', 'é', '中', '1'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(label, (text) => {
        expect(normalDomain(`${text}.de`)).toBe(domainToASCII(`${text}.de`));
      }),
    );
  });
});

describe('the tables of IDNA', () => {
  it('are loaded by the first domain that needs them', async () => {
    const module = new URL('../../src/security/domain-name.js', import.meta.url).href;
    const script = `
      import { createRequire } from 'node:module';
      const { normalDomain, readableDomain } = await import(${JSON.stringify(module)});
      const { cache } = createRequire(${JSON.stringify(module)});
      const isLoaded = () => Object.keys(cache).some((name) => name.includes('/tr46/'));
      const steps = [() => normalDomain('Example.com'), () => readableDomain('example.com'), () => normalDomain('münchen.de')];
      console.log(JSON.stringify(steps.map((step) => [step(), isLoaded()])));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(JSON.parse(stdout)).toEqual([
      ['example.com', false],
      ['example.com', false],
      ['xn--mnchen-3ya.de', true],
    ]);
  });
});
