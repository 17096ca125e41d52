import { parseArgs } from 'node:util';
import type { Command } from '../cli/command.js';
import type { TimelineEntry } from '../../src/audit/timeline.js';
import type { DestroyedStreamsLine } from '../../src/operator/user-audit-operations.js';
import { destroyedWords, oneUser, periodOf } from './audit-arguments.js';

/** What happened to a user. */
export const command: Command = {
  usage: `npx tokenledger audit timeline EMAIL|ID [--from T] [--to T]
                             what happened to a user, oldest first; T is an ISO instant or a date (its beginning in UTC),
                             and an event at T itself is shown, for --from as for --to`,
  run: async ({ operator, output, args }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { from: { type: 'string' }, to: { type: 'string' } },
    });
    const input = { user: oneUser(positionals), ...periodOf(values) };
    let count = 0;
    for await (const value of operator.stream('audit.timeline', input)) {
      const entry = value as TimelineEntry | DestroyedStreamsLine;
      if ('destroyed_streams' in entry) {
        output.note(destroyedWords(entry.destroyed_streams));
        continue;
      }
      output.result(entry, `${entry.occurred_at}  ${entry.words}`);
      count += 1;
    }
    output.words(count === 0 ? 'Nothing happened then.' : `${count} events`);
    return 0;
  },
};
