import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';

export const command: Command = {
  usage: 'npx tokenledger audit key',
  run: async ({ args, operator, output }) => {
    parseArgs({ args: [...args] });
    const answer = (await operator.ask('audit.key', {})) as { readonly key: string };
    output.result(answer, answer.key);
    return 0;
  },
};
