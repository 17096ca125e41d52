import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import type { WhatIf } from '../../src/audit/what-if.js';
import { noMore } from '../cli/no-more.js';
import { durationOf } from './audit-arguments.js';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** What another policy would have answered. */
export const command: Command = {
  usage: `npx tokenledger audit what-if [--grace SECONDS] [--idle-days D] [--max-days D]
                             which refreshes another policy would have answered otherwise; what is not given is as configured`,
  run: async ({ operator, output, args }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { grace: { type: 'string' }, 'idle-days': { type: 'string' }, 'max-days': { type: 'string' } },
    });
    noMore('audit what-if', positionals);
    const input = {
      grace_ms: durationOf('grace', values.grace, SECOND_MS),
      idle_ms: durationOf('idle-days', values['idle-days'], DAY_MS),
      absolute_ms: durationOf('max-days', values['max-days'], DAY_MS),
    };
    let count = 0;
    for await (const value of operator.stream('audit.what-if', input)) {
      const one = value as WhatIf;
      output.result(
        one,
        `${one.at}  user ${one.user_id}, session ${one.session_id}, token ${one.generation}: was ${one.was}, would be ${one.would_be}`,
      );
      count += 1;
    }
    output.words(
      count === 0 ? 'Every refresh would have been answered as it was.' : `${count} would be answered otherwise`,
    );
    return 0;
  },
};
