import type { Command, CommandContext } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import * as state from './audit-state.js';
import * as theft from './audit-theft.js';
import * as timeline from './audit-timeline.js';
import * as whatIf from './audit-what-if.js';

/** One thing that auditors ask, in a file of its own. */
export interface AuditAction {
  readonly usage: string;
  /** `args` is what stands after its name. Resolves to the exit code. */
  readonly run: (context: CommandContext, args: readonly string[]) => Promise<number>;
}

const ACTIONS: Readonly<Record<string, AuditAction>> = {
  timeline: timeline.action,
  state: state.action,
  theft: theft.action,
  'what-if': whatIf.action,
};

export const command: Command = {
  usage: Object.values(ACTIONS)
    .map(({ usage }) => usage)
    .join('\n'),
  run: async (context) => {
    const [name = '', ...args] = context.args;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw new UsageError(name === '' ? 'Say what to audit.' : `Unknown: ${name}`);
    return action.run(context, args);
  },
};
