import { accessSync, readFileSync } from 'node:fs';

/** From dist/src/security, where this runs. Made by scripts/build/common-passwords.ts; see NOTICE beside it. */
const FILE = new URL('../../../lists/common-passwords.txt', import.meta.url);
// A missing list is a broken installation: said at the start, not at the first registration.
accessSync(FILE);

let list: string | null = null;

/**
 * Whether a password, prepared as the list is (NFKC, lower case), stands in the list of common ones. The list is read when it is
 * first asked for: most processes never are, and it takes a megabyte.
 */
export function isInCommonList(prepared: string): boolean {
  list ??= `\n${readFileSync(FILE, 'utf8')}`;
  return list.includes(`\n${prepared}\n`);
}
