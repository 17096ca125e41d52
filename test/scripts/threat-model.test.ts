/** Each "cannot" of docs/THREAT_MODEL.md names a guarantee and a test that there is. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(ROOT + file, 'utf8');

const ROW = /^\| (?<claim>[^|]+) \| (?<guarantee>G\d+|interface) \| `(?<file>test\/[\w/.-]+\.ts)` \| (?<title>.+) \|$/;
const tables = read('docs/THREAT_MODEL.md')
  .split('\n')
  .filter((line) => line.includes('| `test/'));
const rows = tables.map((line) => ROW.exec(line)?.groups as Record<'claim' | 'guarantee' | 'file' | 'title', string>);

describe('the threat model', () => {
  it('has tables whose rows all name a guarantee, a file and a test', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.every((row) => (row as object | undefined) !== undefined)).toBe(true);
  });

  it.each(rows.map(({ claim, file, title }) => [claim, file, title] as const))('%s', (_, file, title) => {
    expect(read(file)).toContain(title);
  });

  it('names guarantees that there are', () => {
    const known = new Set(
      read('docs/GUARANTEES.md')
        .match(/^\| G\d+ /gm)!
        .map((cell) => cell.slice(2, -1)),
    );
    for (const { guarantee } of rows) if (guarantee !== 'interface') expect(known).toContain(guarantee);
  });
});
