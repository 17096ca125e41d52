import { readFileSync } from 'node:fs';

// Beside dist/, in which this file lies once compiled.
const PACKAGE_FILE = new URL('../../../package.json', import.meta.url);

/** The version of this package, as package.json has it. */
export const PACKAGE_VERSION = (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { readonly version: string }).version;
