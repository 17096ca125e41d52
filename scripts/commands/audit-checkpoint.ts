import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';

export const command: Command = {
  usage: 'npx tokenledger audit checkpoint',
  run: async ({ args, operator, output }) => {
    parseArgs({ args: [...args] });
    const answer = (await operator.ask('audit.checkpoint', {})) as { readonly note: string };
    // Without the line feed at its end, which printing adds.
    output.result(answer, answer.note.slice(0, -1));
    return 0;
  },
};
