import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import { theftWords } from '../../src/audit/theft-words.js';
import type { Theft } from '../../src/audit/theft.js';
import { oneUser } from './audit-arguments.js';

/** Which sessions two may have held. */
export const command: Command = {
  usage: `npx tokenledger audit theft [EMAIL|ID]
                             sessions that two may have held: stolen, or a lost answer, or one program twice`,
  run: async ({ operator, output, args }) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    const user = positionals.length === 0 ? null : oneUser(positionals);
    let count = 0;
    for await (const value of operator.stream('audit.theft', { user })) {
      const theft = value as Theft;
      output.result(theft, theftWords(theft));
      count += 1;
    }
    if (count === 0) output.words('There is no trace of theft.');
    return 0;
  },
};
