import { rmSync, statfsSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { EventStore, RecordedEvent, StoredEvent } from '../../src/event-store/event-store.js';
import type { Position } from '../../src/event-store/position.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { startChild } from '../support/child-process.js';
import { anEvent, dataOf, freshStream } from '../support/log-events.js';
import { mount, mountingIt, unmount } from '../support/mounting.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const APPENDING = new URL('../support/appending-process.js', import.meta.url);
const STREAMS = 24;
const KILLS = 10;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

async function withStore<R>(at: string, use: (store: EventStore) => Promise<R>): Promise<R> {
  const file = await SqliteFile.open(at, { jobs: [EVENT_STORE_JOBS] });
  try {
    return await use(openEmbeddedEventStore(file));
  } finally {
    await file.close();
  }
}

async function wholeLog(store: EventStore): Promise<RecordedEvent[]> {
  const log: RecordedEvent[] = [];
  for (;;) {
    const last = log.at(-1);
    const page = await store.readAll(last === undefined ? {} : { after: last.position });
    if (page.length === 0) return log;
    log.push(...page);
  }
}

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
    const log = await withStore(at, wholeLog);

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

describe('a disk that is full', () => {
  mountingIt(
    'is answered as unavailable, costs nothing that was answered, and is over when there is room again',
    async () => {
      const disk = path.join(folder.path, 'small-disk');
      mkdirSync(disk);
      mount(['-t', 'tmpfs', '-o', 'size=3m', 'none', disk]);
      try {
        const at = path.join(disk, 'log.db');
        const answered = await withStore(at, (store) => fillAndFree(store, disk));
        const idsInLog = new Set((await withStore(at, wholeLog)).map((event) => event.id));
        expect([...answered].filter((id) => !idsInLog.has(id))).toEqual([]);
      } finally {
        unmount(disk);
      }
    },
  );
});

describe('a ping', () => {
  mountingIt('finds out that nothing can be written, though everything can be read', async () => {
    const disk = path.join(folder.path, 'small-disk');
    mkdirSync(disk);
    mount(['-t', 'tmpfs', '-o', 'size=3m', 'none', disk]);
    try {
      await withStore(path.join(disk, 'log.db'), async (store) => {
        await store.append('one', [anEvent()], 'no_stream');
        await store.ping();
        const ballast = path.join(disk, 'ballast');
        expect(() => writeFileSync(ballast, Buffer.alloc(4_000_000))).toThrow('ENOSPC');
        await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
        expect(await store.readAll()).toHaveLength(1);
        rmSync(ballast);
        await store.ping();
        expect(await store.readAll()).toHaveLength(1);
      });
    } finally {
      unmount(disk);
    }
  });
});

/** Appends while the disk fills up, is full, and is free again; resolves to the ids that were answered. */
async function fillAndFree(store: EventStore, disk: string): Promise<Set<string>> {
  const answered = new Set<string>();
  let refused: { stream: string; event: StoredEvent; error: unknown }[] = [];
  const append = async (stream: string, event: StoredEvent): Promise<void> => {
    try {
      expect(await store.append(stream, [event], 'no_stream')).toMatchObject({ revision: 0 });
      answered.add(event.id);
    } catch (error) {
      refused.push({ stream, event, error });
    }
  };
  const appendSome = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 16 }, () => append(freshStream(), anEvent({ text: 'x'.repeat(2_000) }))));
  await appendSome();
  expect(refused).toEqual([]);

  const ballast = path.join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - 150_000));
  for (let turn = 0; turn < 20; turn += 1) await appendSome();
  expect(refused.length).toBeGreaterThan(100);
  for (const { error } of refused) expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(refused[0]!.error).toMatchObject({ store: 'event store' });
  expect(await store.readAll({ maxCount: 10_000 })).toHaveLength(answered.size);

  rmSync(ballast);
  const again = refused;
  refused = [];
  await Promise.all(again.map(({ stream, event }) => append(stream, event)));
  expect(refused).toEqual([]);
  expect(answered.size).toBe(21 * 16);
  expect(await store.readAll({ maxCount: 10_000 })).toHaveLength(answered.size);
  return answered;
}
