import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

const usage = `npx tokenledger restore FOLDER
Puts a backup into DATA_DIR, which must be missing or empty, and marks the log as restored: no token that was issued after the
backup is accepted. A key file that is already at KEYS_FILE stays. The log of an EventStoreDB is restored by its own tools.
What was revoked after the backup is not known any more: log restored --yes --sign-out-all signs everybody out.`;

export const command: Command = {
  usage,
  run: async ({ args, operator, output }) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new UsageError('Name one folder.');
    const [{ restore }, { restoreTarget }] = await Promise.all([
      import('../../src/operator/restore.js'),
      import('../../src/operator/restore-target.js'),
    ]);
    const target = restoreTarget(operator.config(), `operator:${operator.name()}`);
    const report = await restore(path.resolve(folder), target);
    const words = [
      `Restored into ${report.data_dir}${report.history_id === null ? '' : '; the log is marked as restored'}.`,
      ...(report.keys_restored ? [] : [`The key file at ${target.keysFile} was there and stays.`]),
      ...(report.still_to_do === null ? [] : [report.still_to_do]),
    ];
    output.result(report, words.join('\n'));
    return 0;
  },
};
