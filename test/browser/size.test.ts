/** auth.js is served as it is written; what it would weigh minified says how much it asks of a page. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { minify } from 'terser';

describe('auth.js', () => {
  it('is at most 10 KiB minified, and needs nothing else', async () => {
    const { code } = await minify(readFileSync('public/js/auth.js', 'utf8'), { module: true });
    expect(code).toContain('createAuth');
    expect(Buffer.byteLength(code!)).toBeLessThanOrEqual(10 * 1024);
    // What it imports is loaded only for those who want it.
    expect(code?.match(/\bimport\b(\([^)]*\))?|\bfrom["'].*/g)).toEqual(['import("./auth-dpop.js")']);
  });

  it('loads a module for DPoP that is at most 5 KiB minified, and needs nothing else', async () => {
    const { code } = await minify(readFileSync('public/js/auth-dpop.js', 'utf8'), { module: true });
    expect(code).toContain('dpopFetch');
    expect(Buffer.byteLength(code!)).toBeLessThanOrEqual(5 * 1024);
    expect(code).not.toMatch(/\bimport\b|\bfrom["']/);
  });
});
