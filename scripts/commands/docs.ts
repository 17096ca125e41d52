import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import type { Command } from '../cli/command.js';
import { apiDescription } from '../docs/api-description.js';
import { eventCatalogue } from '../docs/event-catalogue.js';
import { withReference } from '../docs/reference.js';

const usage = `npx tokenledger docs [--check] [DOCUMENT ...]
Writes the reference of the configuration into README.md and docs/OPERATIONS.md, docs/EVENTS.md from the event formats, and
docs/openapi.json from the table of routes; or the reference into the documents that are named.
  --check   change nothing; exit with 1 if a document is out of date`;

/** A file of the project: beside dist/, in which this file lies once compiled. */
const inProject = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

interface Document {
  readonly file: string;
  /** The document as it should be, from what it is; null if there is none. */
  readonly write: (before: string | null) => string;
}

const withTable = (file: string): Document => ({ file, write: (before) => withReference(file, before ?? '') });
const DOCUMENTS: readonly Document[] = [
  withTable(inProject('README.md')),
  withTable(inProject('docs/OPERATIONS.md')),
  { file: inProject('docs/EVENTS.md'), write: eventCatalogue },
  { file: inProject('docs/openapi.json'), write: apiDescription },
];

export const command: Command = {
  usage,
  run: async ({ args, output }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { check: { type: 'boolean', default: false } },
    });
    let outdated = 0;
    for (const { file, write } of positionals.length > 0 ? positionals.map(withTable) : DOCUMENTS) {
      const before = await readFile(file, 'utf8').catch(() => null);
      const after = write(before);
      if (after === before) continue;
      outdated += 1;
      if (!values.check) await writeFile(file, after);
      const state = values.check ? 'out of date' : 'written';
      output.result({ file, state }, `${state}: ${file}`);
    }
    return values.check && outdated > 0 ? 1 : 0;
  },
};
