/** Each row of docs/GUARANTEES.md names tests that there are, and the adapters that they run on. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(ROOT + file, 'utf8');

type On = 'both' | 'embedded' | 'servers' | 'no store';
interface Row {
  readonly guarantee: string;
  readonly on: On;
  readonly files: readonly string[];
  readonly titles: readonly string[];
}

const ROW =
  /^\| (?<guarantee>G\d+ )?\| (?:[^|]+ )?\| (?<on>both|embedded|servers|no store) \| (?<files>`test\/[^|]+`) \| (?<tests>.+) \|$/;
const lines = read('docs/GUARANTEES.md')
  .split('\n')
  .filter((line) => line.includes('| `test/'));
const parsed = lines.map((line) => ROW.exec(line)?.groups as Record<'guarantee' | 'on' | 'files' | 'tests', string>);

const rows: Row[] = [];
for (const row of parsed.filter(Boolean))
  rows.push({
    // A row without a number goes with the one above it.
    guarantee: (row.guarantee as string | undefined)?.trim() ?? rows.at(-1)?.guarantee ?? '',
    on: row.on as On,
    files: [...row.files.matchAll(/`([^`]+)`/g)].map(([, file]) => file!),
    // Several tests in one row are parted by semicolons, and an ellipsis stands for what a table of cases fills in.
    titles: row.tests.split(/; |…/).filter((title) => title.trim() !== ''),
  });

const SERVERS = /serverDescribe|openEventStoreServer/;
/** Whether a file holds tests that run on the back end of the run; those of a contract are run by a file an adapter. */
const isOnBoth = (file: string): boolean => file.startsWith('test/contract/') || read(file).includes('every-back-end.js');
const isEmbeddedOnly = (file: string, title: string): boolean =>
  new RegExp(`embeddedIt\\(\\s*'${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`).test(read(file));

describe('the table of guarantees', () => {
  it('has rows that can all be read, for each of the twenty', () => {
    expect(rows).toHaveLength(lines.length);
    const numbers = Array.from({ length: 20 }, (_, index) => `G${index + 1}`);
    expect([...new Set(rows.map(({ guarantee }) => guarantee))]).toEqual(numbers);
  });

  it('names each guarantee on both back ends', () => {
    const onBoth = (on: readonly On[]): boolean =>
      on.includes('both') || (on.includes('embedded') && on.includes('servers'));
    const guarantees = [...new Set(rows.map(({ guarantee }) => guarantee))];
    const isShown = (name: string): boolean =>
      onBoth(rows.flatMap(({ guarantee, on }) => (guarantee === name ? [on] : [])));
    expect(guarantees.filter((name) => !isShown(name))).toEqual([]);
  });

  it.each(rows.map((row) => [`${row.guarantee}: ${row.titles.join('; ')}`, row] as const))('%s', (_, row) => {
    const { on, files, titles } = row;
    const texts = files.map(read).join('\n');
    for (const title of titles) expect([title, texts.includes(title)]).toEqual([title, true]);
    for (const file of files) {
      if (on === 'both') {
        expect([file, isOnBoth(file)]).toEqual([file, true]);
        for (const title of titles) expect([title, isEmbeddedOnly(file, title)]).toEqual([title, false]);
      } else if (on === 'embedded') {
        expect([file, !isOnBoth(file) || titles.every((title) => isEmbeddedOnly(file, title))]).toEqual([file, true]);
      } else if (on === 'servers') expect(read(file)).toMatch(SERVERS);
    }
  });
});
