import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

const usage = `npx tokenledger audit timeline EMAIL|ID [--from T] [--to T]
  What happened to a user, oldest first; T is an ISO instant or a date (its beginning in UTC). An event at T itself is shown.
npx tokenledger audit state EMAIL|ID --at T | --position P
  How the account stood and which devices were signed in; P is a position of a timeline, or a Log-Position.
npx tokenledger audit theft [EMAIL|ID]
  Sessions that two may have held: stolen, or a lost answer, or one program twice.
npx tokenledger audit what-if [--grace SECONDS] [--idle-days D] [--max-days D]
  Which refreshes another policy would have answered otherwise; what is not given is as configured.
npx tokenledger audit verify [--against FILE…]
  Checks the whole log, and that it has the roots of notes that are kept elsewhere. Exits with 1 if something was found.
npx tokenledger audit checkpoint
  Prints the newest checkpoint note, as it is: keep it where nobody of the operators can change it.
npx tokenledger audit key
  Prints the verifier key of the notes: keep it with them.
npx tokenledger audit prove EVENT_ID [--out FILE]
  Prints a .tlog-proof: that the event stands in the log that the newest note signs.
npx tokenledger audit check-proof FILE --event FILE --key VKEY
  Checks a proof without the log. The event is its line of audit export; --key takes the verifier key or a file that holds it.
npx tokenledger audit export [--from T] [--to T] [--format jsonl|ocsf]
  Prints the log as JSON Lines: lossless, or as events of OCSF for a SIEM, which is one way. T is an
  ISO instant or a date. An event at T itself is in it for --from and not for --to: exports follow each other without a gap.
npx tokenledger audit archive --before T [--out FOLDER] [--shrink]
  Moves the events before T out of the log into an archive beside it. Also: archive.
npx tokenledger audit import FILE
  Puts a lossless export into an empty log. It needs the key file of the exported log.`;

/** The subcommands, each in a file of its own. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  timeline: () => import('./audit-timeline.js'),
  state: () => import('./audit-state.js'),
  theft: () => import('./audit-theft.js'),
  'what-if': () => import('./audit-what-if.js'),
  verify: () => import('./audit-verify.js'),
  checkpoint: () => import('./audit-checkpoint.js'),
  key: () => import('./audit-key.js'),
  prove: () => import('./audit-prove.js'),
  'check-proof': () => import('./audit-check-proof.js'),
  export: () => import('./audit-export.js'),
  archive: () => import('./audit-archive.js'),
  import: () => import('./audit-import.js'),
};

export const command: Command = {
  usage,
  run: async (context) => {
    const [name, ...args] = context.args;
    if (name === undefined) throw new UsageError('Say what to audit.');
    const load = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (load === undefined) throw new UsageError(`Unknown: audit ${name}`);
    return (await load()).command.run({ ...context, args });
  },
};
