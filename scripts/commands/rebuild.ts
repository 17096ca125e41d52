import { parseArgs } from 'node:util';
import type { RebuildReport } from '../../src/operator/dependencies.js';
import type { RebuildProgress } from '../../src/operator/rebuild-progress.js';
import type { Command, CommandContext } from '../cli/command.js';

const usage = `npx tokenledger rebuild [--check]
  --check   compare only, and leave the live read model in place
Builds the read model from the log beside the live one, compares the two, then puts the new one in place.
Exits with 1 if documents differed.`;

const SHOWN_DIFFERENCES = 20;
const NOT_BUILT =
  'The live read model has no checkpoint: no server has built it yet (as after an import), or another tool removed that.';

const OF_OTHER_LOG =
  'The read model that was in place was of another log, or of this one before it was restored to an earlier moment: the differences ' +
  'are between that and this log.';

export const command: Command = {
  usage,
  run: async (context) => {
    const { values } = parseArgs({ args: [...context.args], options: { check: { type: 'boolean', default: false } } });
    const report = await rebuilt(context, values.check);
    const { events, documents, differences, isBuilt, wasOfOtherLog } = report;
    if (wasOfOtherLog) context.output.note(OF_OTHER_LOG);
    const outcome = values.check ? 'compared only' : 'the new read model is in place';
    const differing = differences.length === 0 ? {} : { differing: differences };
    context.output.result(
      { events, documents, differences: differences.length, ...differing },
      [
        ...differences.slice(0, SHOWN_DIFFERENCES).map(({ collection, id }) => `differs: ${collection} ${id}`),
        ...(isBuilt || documents === 0 ? [] : [NOT_BUILT]),
        `${events} events, ${documents} documents, ${differences.length} differences; ${outcome}`,
      ].join('\n'),
    );
    return differences.length === 0 ? 0 : 1;
  },
};

async function rebuilt({ operator, output }: CommandContext, check: boolean): Promise<RebuildReport> {
  const bar = output.progress();
  try {
    for await (const value of operator.stream('rebuild', { check })) {
      const line = value as RebuildProgress | RebuildReport;
      if (!('progress' in line)) return line;
      bar.update(line.progress.share, `${line.progress.events} events`);
    }
  } finally {
    bar.stop();
  }
  throw new Error('the rebuild ended without a report');
}
