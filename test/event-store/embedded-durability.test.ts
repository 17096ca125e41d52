import { rmSync, statfsSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { EventStore, StoredEvent } from '../../src/event-store/event-store.js';
import { allEvents } from '../support/archives.js';
import { anEvent, freshStream } from '../support/log-events.js';
import { withEventStore } from '../support/embedded-stores.js';
import { mount, mountingIt, unmount } from '../support/mounting.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('a disk that is full', () => {
  mountingIt(
    'is answered as unavailable, costs nothing that was answered, and is over when there is room again',
    async () => {
      const disk = path.join(folder.path, 'small-disk');
      mkdirSync(disk);
      mount(['-t', 'tmpfs', '-o', 'size=3m', 'none', disk]);
      try {
        const at = path.join(disk, 'log.db');
        const answered = await withEventStore(at, (store) => fillAndFree(store, disk));
        const idsInLog = new Set((await withEventStore(at, allEvents)).map((event) => event.id));
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
      await withEventStore(path.join(disk, 'log.db'), async (store) => {
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
