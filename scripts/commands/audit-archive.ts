import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ArchiveAnswer } from '../../src/operator/archive-actions.js';
import type { ProgressLine } from '../../src/operator/with-progress.js';
import type { Command, CommandContext } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import { instantOf } from './audit-arguments.js';

const usage = `npx tokenledger archive --before T [--out FOLDER] [--shrink] (also: audit archive)
Moves the events before T out of the log into an archive: the old beginning of every device's stream, also of sessions that ended
longer ago than RETENTION_DAYS; never what a running session still needs, nor what no checkpoint note covers. The archive is
written, flushed and read back first. Keep it where it is: history, audit and rebuild read it there.
  --before T     an ISO instant or a date that is past
  --out FOLDER   the folder of archives; by default ARCHIVE_DIR, which is the one that is read
  --shrink       gives the room in the file back; where no server runs`;

export const command: Command = {
  usage,
  run: async (context) => {
    const { operator, output } = context;
    const { values } = parseArgs({
      args: [...context.args],
      options: { before: { type: 'string' }, out: { type: 'string' }, shrink: { type: 'boolean', default: false } },
    });
    const before = instantOf('before', values.before);
    if (before === null) throw new UsageError('Say with --before which events are old enough.');
    if (before > Date.now()) throw new UsageError('--before must be past: only what is past can be archived.');
    if (values.out === '') throw new UsageError('--out must name a folder.');
    const out = values.out === undefined ? null : path.resolve(values.out);
    const input = { operator: operator.name(), before, out, shrink: values.shrink };
    const answer = await archived(context, input);
    output.result(answer, wordsOf(answer));
    return 0;
  },
};

async function archived({ operator, output }: CommandContext, input: object): Promise<ArchiveAnswer> {
  const bar = output.progress();
  try {
    for await (const value of operator.stream('audit.archive', input)) {
      const line = value as ProgressLine | ArchiveAnswer;
      if (!('progress' in line)) return line;
      bar.update(line.progress.share, `${line.progress.events} events`);
    }
  } finally {
    bar.stop();
  }
  throw new Error('archiving ended without a report');
}

function wordsOf(answer: ArchiveAnswer): string {
  const { archive, events, streams, bytes, digest, folder, finished, unsealed, log_bytes: logBytes } = answer;
  return [
    ...(finished === null ? [] : [`What an interrupted run had put into archive ${finished} is removed from the log now.`]),
    archive === null
      ? 'There is nothing to archive.'
      : `${events} events of ${streams} devices are in ${path.join(folder, archive)} (${bytes} bytes, SHA-256 ${digest ?? ''}).`,
    ...(unsealed > 0 ? [`${unsealed} events stay, since no checkpoint note covers them yet.`] : []),
    ...(archive === null || answer.is_read
      ? []
      : ['Readers do not look there: set ARCHIVE_DIR to that folder, or move the archive into the one that is read.']),
    ...(logBytes === null ? [] : [`The file of the log has ${logBytes} bytes now.`]),
  ].join('\n');
}
