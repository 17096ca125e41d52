/** A process that appends to the embedded log is killed under load (G7). */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { Position } from '../../src/event-store/position.js';
import { allEvents } from '../support/archives.js';
import { startChild } from '../support/child-process.js';
import { dataOf } from '../support/log-events.js';
import { withEventStore } from '../support/embedded-stores.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const APPENDING = new URL('../support/appending-process.js', import.meta.url);
const STREAMS = 24;
const KILLS = 10;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

type Answered = [stream: string, revision: number, position: Position, ids: string[]];

/** What the process was answered before it was killed, some time into its work. */
async function appendUntilKilled(at: string, milliseconds: number): Promise<Answered[]> {
  const child = startChild(APPENDING, at, String(STREAMS));
  await child.says(']\n');
  await sleep(milliseconds);
  child.process.kill('SIGKILL');
  await child.ended;
  const lines = child.output().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Answered);
}

describe('a process killed under load', () => {
  it(`loses no append that was answered, ${KILLS} times over, and leaves every stream whole`, async () => {
    const at = path.join(folder.path, 'log.db');
    const answered: Answered[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const before = answered.length;
      answered.push(...(await appendUntilKilled(at, 20 + round * 15)));
      expect(answered.length).toBeGreaterThan(before);
    }
    const log = await withEventStore(at, allEvents);

    const byPosition = new Map(log.map((event) => [event.position, event]));
    for (const [stream, revision, position, ids] of answered) {
      expect(byPosition.get(position)).toMatchObject({ stream, revision, id: ids.at(-1) });
    }
    const idsInLog = new Set(log.map((event) => event.id));
    expect(answered.flatMap(([, , , ids]) => ids).filter((id) => !idsInLog.has(id))).toEqual([]);

    expect(log.map((event) => Number(event.position))).toEqual(log.map((_, index) => index + 1));
    const streams = new Set(log.map((event) => event.stream));
    expect(streams.size).toBe(STREAMS);
    for (const stream of streams) {
      const events = log.filter((event) => event.stream === stream);
      expect(events.map((event) => event.revision)).toEqual(events.map((_, index) => index));
      expect(cutOffAppends(events)).toEqual([]);
    }
  });
});

/** The events of a stream that are not followed by the rest of their append. */
function cutOffAppends(events: readonly RecordedEvent[]): RecordedEvent[] {
  return events.filter((event, place) => {
    const { index, of } = dataOf(event) as { index: number; of: number };
    const after = events[place + 1];
    const next = after && (dataOf(after) as { index: number });
    return index + 1 < of ? next?.index !== index + 1 : next !== undefined && next.index !== 0;
  });
}
