import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/message-of.js';
import type { KeptNote } from '../../src/audit/note-trail.js';
import type { Finding } from '../../src/audit/findings.js';
import type { MarkedVerifyReport } from '../../src/operator/proof-actions.js';
import type { ProgressLine } from '../../src/operator/with-progress.js';
import type { Command, CommandContext } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';
import { noMore } from '../cli/no-more.js';

const SHOWN_FINDINGS = 50;

const WITHOUT_MARK =
  'WARNING: there is no high-water mark beside the users’ keys, so only notes show whether the log was put back to an earlier moment. Are the users’ keys those of this log?';

export const command: Command = {
  usage: 'npx tokenledger audit verify [--against FILE…]',
  run: async (context) => {
    const { values, positionals } = parseArgs({
      args: [...context.args],
      allowPositionals: true,
      options: { against: { type: 'string', multiple: true, default: [] } },
    });
    // The files after the first one of an --against.
    if (values.against.length === 0) noMore('audit verify without --against', positionals);
    const report = await verified(context, await keptNotes([...values.against, ...positionals]));
    context.output.result(report, wordsOf(report));
    return report.ok ? 0 : 1;
  },
};

async function verified({ operator, output }: CommandContext, against: readonly KeptNote[]): Promise<MarkedVerifyReport> {
  const bar = output.progress();
  try {
    for await (const value of operator.stream('audit.verify', { against })) {
      const line = value as ProgressLine | MarkedVerifyReport;
      if (!('progress' in line)) return line;
      bar.update(line.progress.share, `${line.progress.events} events`);
    }
  } finally {
    bar.stop();
  }
  throw new Error('the verification ended without a report');
}

/** One after another: thousands at once would be more files than a process may have open. */
async function keptNotes(files: readonly string[]): Promise<KeptNote[]> {
  const notes: KeptNote[] = [];
  for (const file of files) notes.push(await keptNote(file));
  return notes;
}

async function keptNote(file: string): Promise<KeptNote> {
  try {
    return { name: path.basename(file), text: await readFile(file, 'utf8') };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function wordsOf(report: MarkedVerifyReport): string {
  const { events, disowned, checkpoints, findings } = report;
  const more = findings.length - SHOWN_FINDINGS;
  return [
    ...findings.slice(0, SHOWN_FINDINGS).map(wordsOfFinding),
    ...(more > 0 ? [`and ${more} more findings`] : []),
    `${events} events, ${checkpoints} checkpoint notes, ${findings.length} findings`,
    ...(report.archives_missing ?? []).map(
      (name) => `archive ${name} is not there: the events in it are counted by their kept hashes`,
    ),
    ...(disowned > 0 ? [`${disowned} events of somebody else are left out`] : []),
    ...(report.high_water_mark === 'missing' ? [WITHOUT_MARK] : []),
    ...wordsOfCover(report),
  ].join('\n');
}

/** Nothing is said of a cover where something is found: what is missing counts for nothing. */
function wordsOfCover({ ok, events, unsealed }: MarkedVerifyReport): string[] {
  if (unsealed > 0)
    return [`${unsealed} events are newer than the last note that fits: their alteration shows, their removal does not.`];
  return ok && events > 0 ? ['Every event is covered by a note.'] : [];
}

function wordsOfFinding({ kind, stream, revision, position, event_id: eventId, detail }: Finding): string {
  const where = [
    ...(stream === null ? [] : [`${stream}${revision === null ? '' : ` revision ${revision}`}`]),
    ...(position === null ? [] : [`position ${position}`]),
    ...(eventId === null ? [] : [`event ${eventId}`]),
  ];
  return `${kind}${where.length === 0 ? '' : `: ${where.join(', ')}`}: ${detail}`;
}
