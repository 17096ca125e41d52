import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BackupReport } from '../../src/operator/backup.js';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

const usage = `npx tokenledger backup FOLDER
Copies the log, the users' keys and the key file into FOLDER, each into a folder of its own; also while a server runs, which then
writes them on its own machine. FOLDER must be new or empty. Keep log and keys in different places: together they are the
personal data.`;

export const command: Command = {
  usage,
  run: async ({ args, operator, output }) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [folder = '', ...more] = positionals;
    if (folder === '' || more.length > 0) throw new UsageError('Name one folder.');
    const report = (await operator.ask('backup', { folder: path.resolve(folder) })) as BackupReport;
    output.result(report, report.files.map((file) => path.join(report.folder, file)).join('\n'));
    return 0;
  },
};
