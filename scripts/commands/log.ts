import { parseArgs } from 'node:util';
import type { Command, CommandContext } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import { noMore } from '../cli/no-more.js';

const usage = `npx tokenledger log restored --yes [--sign-out-all]
  After the log's own database tools have restored it, with every instance stopped: marks the log as restored, so that no
  token of the lost part is accepted. (restore does this itself.)
  --sign-out-all   no token of before is accepted: what was revoked in the lost part is not known any more
npx tokenledger log disown STREAM REVISION --yes
  An event of somebody else in a stream of ours, which stops the projector, is left out from now on. It must be the newest of
  its stream. An event of ours that was altered is no case for this: restore the log.`;

export const command: Command = {
  usage,
  run: async (context) => {
    const { values, positionals } = parseArgs({
      args: [...context.args],
      allowPositionals: true,
      options: { yes: { type: 'boolean', default: false }, 'sign-out-all': { type: 'boolean', default: false } },
    });
    const [action, ...rest] = positionals;
    const { yes, 'sign-out-all': signOutAll } = values;
    if (action === 'restored') {
      noMore('log restored', rest);
      return restored(context, { yes, signOutAll });
    }
    if (action === 'disown') {
      if (signOutAll) throw new UsageError('--sign-out-all is for log restored.');
      return disown(context, rest, yes);
    }
    throw new UsageError(action === undefined ? 'Say what to do with the log.' : `Unknown: log ${action}`);
  },
};

async function restored(
  { operator, output }: CommandContext,
  { yes, signOutAll }: { readonly yes: boolean; readonly signOutAll: boolean },
): Promise<number> {
  needYes(yes, 'Tokens that were issued since the moment of the backup are refused from then on.');
  const answer = await operator.ask('log.restored', { operator: operator.name(), sign_out_all: signOutAll });
  output.result(
    answer,
    `The log is marked as restored; ${signOutAll ? 'no token of before is accepted' : 'tokens of the lost part are refused'}.`,
  );
  return 0;
}

async function disown(
  { operator, output }: CommandContext,
  [stream = '', number = '', ...more]: readonly string[],
  yes: boolean,
): Promise<number> {
  if (stream === '' || number === '' || more.length > 0)
    throw new UsageError('Name one event, by its stream and its revision.');
  if (!/^\d{1,15}$/.test(number)) throw new UsageError('REVISION must be a whole number from 0.');
  needYes(yes, `The event at revision ${number} of ${stream} is left out for ever.`);
  const answer = await operator.ask('log.disown', { operator: operator.name(), stream, revision: Number(number) });
  output.result(answer, `The event at revision ${number} of ${stream} is left out from now on.`);
  return 0;
}

function needYes(yes: boolean, consequence: string): void {
  if (!yes) throw new UsageError(`${consequence} Confirm with --yes.`);
}
