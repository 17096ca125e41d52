/** What is known of archived streams: right for each, and small for very many. */
import { describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MissingArchives } from '../../src/audit/archive/missing-archives.js';
import { Findings } from '../../src/audit/findings.js';
import { StreamRevisions } from '../../src/audit/stream-revisions.js';
import { ArchiveCatalogue, type ArchivedBefore } from '../../src/event-store/archive-catalogue.js';
import { ArchiveTable } from '../../src/event-store/archive-table.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { LogHistory } from '../../src/event-store/log-history.js';
import { positionOf } from '../../src/event-store/position.js';
import { chanceOf } from '../support/chance.js';

const STREAMS_AN_EVENT = 4_000;
const EVENTS = 40;
const STREAMS = STREAMS_AN_EVENT * EVENTS;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A stream by its number, as a device's is named. */
function name(number: number): string {
  const digits = createHash('sha256').update(`${number}`).digest('hex');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return `test_token-${uuid}.${uuid}`;
}

const streamsOf = (event: number): ArchivedBefore[] =>
  Array.from({ length: STREAMS_AN_EVENT }, (_, index) => {
    const number = event * STREAMS_AN_EVENT + index;
    return { stream: name(number), before: 1 + (number % 1_000) };
  });

/** An event that names so many streams of an archive; four archives. */
function recorded(event: number): RecordedEvent {
  const archive = `archive-${event % 4}`;
  const data = JSON.stringify({ archive, digest: 'd'.repeat(64), streams: streamsOf(event) });
  const position = positionOf(event + 1);
  return { id: randomUUID(), stream: 'test_log', revision: event, position, type: 'EventsArchived', data, metadata: '{}' };
}

/** The log that these events are, each made when it is read. */
const store = {
  readStream: (_stream: string, { from = 0, maxCount = 1 }: { from?: number; maxCount?: number } = {}) =>
    Promise.resolve(
      Array.from({ length: Math.max(0, Math.min(maxCount, EVENTS - from)) }, (_, index) => recorded(from + index)),
    ),
};

describe('streams that went to archives', () => {
  it('are found with all their archives, the oldest part first', () => {
    const chance = chanceOf('archive table');
    const table = new ArchiveTable();
    const expected = new Map<string, { archive: string; before: number }[]>();
    for (let count = 0; count < 5_000; count += 1) {
      const stream = name(Math.floor(chance() * 2_000));
      const part = { archive: `a${Math.floor(chance() * 9)}`, before: 1 + Math.floor(chance() * 2 ** 32 - 1) };
      table.add(stream, { ...part, before: Math.max(1, part.before) });
      expected.set(stream, [...(expected.get(stream) ?? []), { ...part, before: Math.max(1, part.before) }]);
    }
    for (const [stream, parts] of expected)
      expect(table.of(stream).map(({ before }) => before)).toEqual(parts.map(({ before }) => before).sort((a, b) => a - b));
    for (const [stream, parts] of expected) expect(table.of(stream)).toEqual(expect.arrayContaining(parts));
    expect(table.of(name(2_001))).toEqual([]);
    expect(table.size).toBe(5_000);
    expect(table.bytes / table.size).toBeLessThanOrEqual(33);
  });

  it('take at most 100 bytes each in all that a verification holds, also where no archive is there', async () => {
    const before = bytesInUse();
    const archives = { folder: '/none', find: () => Promise.resolve(null) };
    const catalogue = new ArchiveCatalogue({ store, archives, prefix: 'test_' });
    await catalogue.refresh();
    const history = new LogHistory({});
    for (let event = 0; event < EVENTS; event += 1) {
      const data = JSON.parse(recorded(event).data) as object;
      const place = { id: randomUUID(), revision: event, position: positionOf(event + 1), historyId: 'h' };
      history.take({ ...place, event: { type: 'EventsArchived', data } } as unknown as LogEvent<'log'>, 'kid');
    }
    const missing = new MissingArchives({ archives, prefix: 'test_' });
    const log = {
      history,
      streamsOf: async function* ({ saidAt }: { readonly saidAt: readonly number[] }) {
        await Promise.resolve();
        for (const event of saidAt) yield* streamsOf(event);
      },
    };
    await missing.look(log, new Findings('test_'));
    const revisions = new StreamRevisions();
    for (let number = 0; number < STREAMS; number += 1) revisions.swap(name(number), 1_001);
    const bytes = (bytesInUse() - before) / STREAMS;
    expect(bytes).toBeGreaterThan(10);
    expect(bytes).toBeLessThanOrEqual(100);

    expect(history.archives.map(({ saidAt }) => saidAt.length)).toEqual([10, 10, 10, 10]);
    for (const number of [0, 4_001, STREAMS - 1]) {
      expect(catalogue.ofStream(name(number))).toHaveLength(1);
      expect(missing.before(name(number))).toBe(1 + (number % 1_000));
      expect(revisions.swap(name(number), 1)).toBe(1_001);
    }
    expect(missing.before(name(STREAMS))).toBe(0);
  }, 60_000);
});
