import { statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

export const command: Command = {
  usage: 'npx tokenledger audit import FILE',
  run: async ({ args, operator, output }) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('Name one file.');
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`There is no file ${file}.`);
    const { importExport } = await import('../../src/compose/import-export.js');
    const bar = output.progress();
    try {
      const report = await importExport(operator.config(), path.resolve(file), {
        actor: `operator:${operator.name()}`,
        onProgress: (events, share) => bar.update(share, `${events} events`),
      });
      output.result(report, `${report.events} events are imported; the log is marked as restored.`);
      return 0;
    } finally {
      bar.stop();
    }
  },
};
