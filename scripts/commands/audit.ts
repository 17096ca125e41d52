import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import * as state from './audit-state.js';
import * as theft from './audit-theft.js';
import * as timeline from './audit-timeline.js';
import * as whatIf from './audit-what-if.js';

/** The subcommands, each in a file of its own. */
const SUBCOMMANDS: Readonly<Record<string, Command>> = {
  timeline: timeline.command,
  state: state.command,
  theft: theft.command,
  'what-if': whatIf.command,
};

export const command: Command = {
  usage: Object.values(SUBCOMMANDS)
    .map(({ usage }) => usage)
    .join('\n'),
  run: async (context) => {
    const [name = '', ...args] = context.args;
    const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (subcommand === undefined) throw new UsageError(name === '' ? 'Say what to audit.' : `Unknown: ${name}`);
    return subcommand.run({ ...context, args });
  },
};
