import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'document.md');
});
afterEach(() => folder.remove());

const OUTDATED = `# Before

<!-- configuration: written by npm run docs -->
| \`GONE\` | | what there is no more |
<!-- end of configuration -->

After
`;

describe('tokenledger docs', () => {
  it('finds the documents of this project up to date', async () => {
    expect(await runScript('docs', {}, '--check')).toMatchObject({ code: 0, output: '' });
  });

  it('finds a document out of date, and writes the reference between its marks', async () => {
    writeFileSync(file, OUTDATED);
    const checked = await runScript('docs', {}, '--check', file);
    expect(checked).toMatchObject({ code: 1, output: `out of date: ${file}\n` });
    expect(readFileSync(file, 'utf8')).toBe(OUTDATED);
    expect((await runScript('docs', {}, file)).code).toBe(0);
    const written = readFileSync(file, 'utf8');
    expect(written).toMatch(/^# Before\n\n<!-- [^]* -->\n\nAfter\n$/);
    expect(written).not.toContain('GONE');
    expect(written).toContain('| `PORT` | `8080` | The port to listen on; 0 takes any that is free. |');
    expect(await runScript('docs', {}, '--check', file)).toMatchObject({ code: 0, output: '' });
  });

  it('refuses a document without marks', async () => {
    for (const text of ['# Nothing\n', OUTDATED + OUTDATED, OUTDATED.split('\n').toReversed().join('\n')]) {
      writeFileSync(file, text);
      const refused = await runScript('docs', {}, file);
      expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('must hold once each') });
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});
