/** `npm run docs`: writes the reference of the configuration into the documents that show it, as the schema has it. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { DEFAULTS, ENVIRONMENT } from '../src/config.js';
import { RefusedError, runScript } from './run-script.js';

const USAGE = `npm run docs [-- [--check] [<document> ...]]
  --check   change nothing; exit with 1 if a document is out of date
The documents are README.md and docs/OPERATIONS.md, unless others are named.`;

// Beside dist/, in which this file lies once compiled.
const DOCUMENTS = ['README.md', 'docs/OPERATIONS.md'].map((name) =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url)),
);
const BEGIN = '<!-- configuration: written by npm run docs -->';
const END = '<!-- end of configuration -->';

await runScript(USAGE, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  let outdated = 0;
  for (const file of positionals.length > 0 ? positionals : DOCUMENTS) {
    const before = await readFile(file, 'utf8');
    const after = withReference(file, before);
    if (after === before) continue;
    outdated += 1;
    if (!values.check) await writeFile(file, after);
    console.log(`${values.check ? 'out of date' : 'written'}: ${file}`);
  }
  return values.check && outdated > 0 ? 1 : 0;
});

/** The document with the reference between the two marks. */
function withReference(file: string, document: string): string {
  const [before, rest, ...more] = document.split(BEGIN);
  const [former, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || former === undefined || after === undefined || more.length + others.length > 0)
    throw new RefusedError(`${file} must hold once each, in this order: ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${reference()}\n\n${END}${after}`;
}

/** The variables as a table: name, default, meaning. */
function reference(): string {
  const defaults: Readonly<Record<string, string>> = DEFAULTS;
  const rows = Object.entries(ENVIRONMENT).map(([name, { description = '' }]) => {
    const value = defaults[name];
    return `| \`${name}\` | ${value === undefined ? '' : `\`${value}\``} | ${description} |`;
  });
  return ['| variable | default | |', '|---|---|---|', ...rows].join('\n');
}
