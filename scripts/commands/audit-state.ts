import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import { clientWords, shown } from '../../src/audit/client-words.js';
import type { AuditedState } from '../../src/audit/state.js';
import { UsageError } from '../cli/errors.js';
import { destroyedWords, instantOf, oneUser } from './audit-arguments.js';

const LOG_POSITION = /^-[\w-]{23,}$/;

/** How a user stood at a moment. */
export const command: Command = {
  usage: `npx tokenledger audit state EMAIL|ID --at T | --position P
                             how the account stood and which devices were signed in; P is a position of a timeline, or a Log-Position`,
  run: async ({ operator, output, args }) => {
    const { values, positionals } = parseArgs({
      args: withPosition(args),
      allowPositionals: true,
      options: { at: { type: 'string' }, position: { type: 'string' } },
    });
    const { position = null } = values;
    const at = instantOf('at', values.at);
    if ((at === null) === (position === null)) throw new UsageError('Name a moment by --at or by --position.');
    if (position === '') throw new UsageError('--position must be a position of a timeline, or a Log-Position.');
    const state = (await operator.ask('audit.state', { user: oneUser(positionals), at, position })) as AuditedState;
    output.result(state, wordsOf(state));
    return 0;
  },
};

/** A `Log-Position` may begin with a dash, with which `parseArgs` takes the value of an option only behind `=`. */
function withPosition(args: readonly string[]): string[] {
  const index = args.indexOf('--position');
  const value = args[index + 1];
  if (index === -1 || value === undefined || !LOG_POSITION.test(value)) return [...args];
  return args.toSpliced(index, 2, `--position=${value}`);
}

function wordsOf({ at, status, devices, destroyed_streams: destroyed = [] }: AuditedState): string {
  const missing = destroyed.length === 0 ? [] : [destroyedWords(destroyed)];
  if (status === null)
    return missing.length === 0
      ? `At ${at} there was no account yet.`
      : [`At ${at}: no account is known.`, ...missing].join('\n');
  const lines = devices.map((device) => {
    const name = device.device_name === null ? 'a device without a name' : `“${shown(device.device_name)}”`;
    return `  ${name}, last used with ${clientWords(device)}; signed in ${device.issued_at}, renewal ${device.generation}, until ${device.expires_at} at the latest if not used; session ${device.session_id}`;
  });
  const count =
    devices.length === 0 ? 'No device was' : `${devices.length} ${devices.length === 1 ? 'device was' : 'devices were'}`;
  return [`At ${at} the account was ${status}. ${count} signed in.`, ...lines, ...missing].join('\n');
}
