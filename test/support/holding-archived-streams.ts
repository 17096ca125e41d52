/**
 * A program: holds all that a verification knows of very many archived streams, and prints how many bytes that takes a stream, and
 * what it knows of some. In a process of its own, since the heap of a test's holds what other suites left behind.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MissingArchives } from '../../src/audit/archive/missing-archives.js';
import { Findings } from '../../src/audit/findings.js';
import { StreamRevisions } from '../../src/audit/stream-revisions.js';
import { ArchiveCatalogue, type ArchivedBefore } from '../../src/event-store/archive-catalogue.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { LogHistory } from '../../src/event-store/log-history.js';
import { positionOf } from '../../src/event-store/position.js';
import { tokenStreamOf as name } from './log-events.js';

const STREAMS_AN_EVENT = 4_000;
const EVENTS = 40;
const STREAMS = STREAMS_AN_EVENT * EVENTS;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function bytesInUse(): Promise<number> {
  // Buffers that were outgrown are given back by another thread, a moment after the collection that found them.
  for (let times = 0; times < 3; times += 1) {
    collectGarbage();
    await sleep(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
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

const before = await bytesInUse();
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
const bytesAStream = ((await bytesInUse()) - before) / STREAMS;

const known = [0, 4_001, STREAMS - 1].map((number) => ({
  archives: catalogue.ofStream(name(number)).length,
  missingBefore: missing.before(name(number)) - (number % 1_000),
  revision: revisions.swap(name(number), 1),
}));
const events = history.archives.map(({ saidAt }) => saidAt.length);
process.stdout.write(JSON.stringify({ bytesAStream, known, events, unknown: missing.before(name(STREAMS)) }));
