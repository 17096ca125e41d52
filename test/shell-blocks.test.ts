/** What a reader pastes into a shell. zsh takes `#` at a prompt for an argument, so explanations stand in the text around it. */
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDERS = ['.', 'docs', 'docs/decisions', 'examples', 'public/js', 'bench'];

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return folder === 'examples' ? pagesIn(file) : [];
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

/** The lines of all blocks of shell commands on a page. */
function shellLines(page: string): string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^ *```(?:sh|bash|shell|console)\n([\s\S]*?)^ *```/gm);
  return [...blocks].flatMap(([, block = '']) => block.split('\n'));
}

it('no block of shell commands has a comment', () => {
  const pages = FOLDERS.flatMap(pagesIn);
  const lines = pages.flatMap((page) => shellLines(page).map((line) => `${page}: ${line}`));
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => /\s#/.test(line))).toEqual([]);
});
