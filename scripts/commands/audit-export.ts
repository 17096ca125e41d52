import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import { periodOf } from './audit-arguments.js';

export const command: Command = {
  usage: `npx tokenledger audit export [--from T] [--to T] [--format jsonl|ocsf]
                             what the log holds, oldest first; T is an ISO instant or a date (its beginning in UTC); an event at
                             T itself is in it for --from and not for --to, so that exports follow each other without a gap`,
  run: async ({ args, operator, output }) => {
    const { values } = parseArgs({
      args: [...args],
      options: { from: { type: 'string' }, to: { type: 'string' }, format: { type: 'string', default: 'jsonl' } },
    });
    const { format } = values;
    if (format !== 'jsonl' && format !== 'ocsf') throw new UsageError('--format must be jsonl or ocsf.');
    const input = { ...periodOf(values), format };
    for await (const line of operator.stream('audit.export', input)) output.result(line, JSON.stringify(line));
    return 0;
  },
};
