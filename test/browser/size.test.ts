/** auth.js is served as it is written; what it would weigh minified says how much it asks of a page. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { minify } from 'terser';

/** What pages are commonly built with. */
const MINIFIERS = {
  terser: async (source: string) => (await minify(source, { module: true })).code ?? '',
  esbuild: async (source: string) => (await transform(source, { minify: true, format: 'esm' })).code,
};

describe('auth.js', () => {
  it.each(Object.entries(MINIFIERS))(
    'is at most 10 KiB minified by %s, and needs nothing else',
    async (_name, minified) => {
      const code = await minified(readFileSync('public/js/auth.js', 'utf8'));
      expect(code).toContain('createAuth');
      expect(Buffer.byteLength(code)).toBeLessThanOrEqual(10 * 1024);
      // What it imports is loaded only for those who want it.
      expect(code.match(/\bimport\b(\([^)]*\))?|\bfrom["'].*/g)).toEqual(['import("./auth-dpop.js")']);
    },
  );

  it.each(Object.entries(MINIFIERS))(
    'loads a module for DPoP that is at most 5 KiB minified by %s, and needs nothing else',
    async (_name, minified) => {
      const code = await minified(readFileSync('public/js/auth-dpop.js', 'utf8'));
      expect(code).toContain('dpopFetch');
      expect(Buffer.byteLength(code)).toBeLessThanOrEqual(5 * 1024);
      expect(code).not.toMatch(/\bimport\b|\bfrom["']/);
    },
  );
});
