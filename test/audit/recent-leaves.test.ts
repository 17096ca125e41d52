/** Leaves that are made as events come from the log's subscription, and what they spare who seals. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { parseNote } from '../../src/audit/note.js';
import { RecentLeaves, type LeavesPage } from '../../src/audit/recent-leaves.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import { positionOf } from '../../src/event-store/position.js';
import { LogHub } from '../../src/processors/log-hub.js';
import { eventually } from '../support/eventually.js';
import { anEvent } from '../support/log-events.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';

describe('recent leaves', () => {
  let sealed: SealedLog;
  let hub: LogHub;
  let recent: RecentLeaves;
  let taken: LeavesPage[];
  beforeEach(async () => {
    sealed = await openSealedLog();
    recent = new RecentLeaves();
    taken = [];
    hub = new LogHub({ log: sealed.log, onDefect: console.error });
    hub.follow({
      takes: { streams: [] },
      on: () => undefined,
      onStored: (events, position) => recent.add(events, position),
    });
    hub.start();
  });
  afterEach(async () => {
    await hub.stop();
    await sealed.close();
  });

  const observed = {
    take: (after: string): readonly LeavesPage[] => {
      const pages = recent.take(after);
      taken.push(...pages);
      return pages;
    },
  };
  const leavesTaken = (): number => taken.reduce((sum, { leaves }) => sum + leaves.length, 0);
  /** Sign-ins and rotations on so many devices, seen by the subscription. */
  async function happen(devices: number): Promise<void> {
    let seen = '';
    const stop = hub.follow({ takes: { streams: [] }, on: () => undefined, onStored: (_, position) => (seen = position) });
    await sealed.happen(devices);
    const end = await sealed.log.end();
    await eventually('the subscription comes to the end', () => seen === end);
    stop();
  }
  async function expectTrueNotes(): Promise<void> {
    for (const { size, root } of (await sealed.notes()).map(parseNote)) expect(root).toEqual(await sealed.rootAt(size));
  }

  it('are what the log would be read for, and what is missing is read', async () => {
    const seal = sealed.seal({ recent: observed });
    await happen(2);
    // The beginning of the log was not seen.
    expect(await seal.run()).toMatchObject({ size: 9 });
    expect(taken).toEqual([]);
    for (const devices of [3, 60]) {
      await happen(devices);
      await seal.run();
    }
    expect(leavesTaken()).toBe(2 + 63 * 4);
    recent.clear();
    await happen(2);
    await seal.run();
    expect(leavesTaken()).toBe(2 + 63 * 4);
    await expectTrueNotes();
    expect((await sealed.leaves.read(0, 1_000)).map(({ hash }) => hash)).toEqual(
      (await sealed.hashes()).slice(0, (await sealed.leaves.progress())!.size),
    );
  });

  it('are taken again between pages, as long as more comes', async () => {
    let left = 3;
    const rest = async (): Promise<void> => {
      left -= 1;
      if (left >= 0) await happen(60);
    };
    const seal = sealed.seal({ recent: observed, rest });
    await happen(2);
    await seal.run();
    await happen(60);
    await seal.run();
    expect((await sealed.leaves.progress())!.size).toBe(9 + 4 * 240 + 1);
    // The beginning was read from the log, and so was the first note.
    expect(leavesTaken()).toBe(4 * 240 + 1);
    await expectTrueNotes();
  });

  it('hold what was appended, whatever became of it in the file since: so it shows', async () => {
    const seal = sealed.seal({ recent: observed });
    await happen(2);
    await seal.run();
    await happen(1);
    sealed.tamper((db) =>
      db.exec(`update events set data = data || ' ' where position = (select max(position) from events)`),
    );
    const { size, refused } = await seal.run();
    expect([size, refused, leavesTaken()]).toEqual([14, null, 5]);
    const root = parseNote((await sealed.notes()).at(-1)!).root;
    expect(root.equals(await sealed.rootAt(14))).toBe(false);
  });

  it('serve another seal that is further, or not as far, as what they hold', async () => {
    const [one, other] = [sealed.seal({ recent: observed }), sealed.seal()];
    await happen(2);
    await one.run();
    await happen(2);
    await other.run();
    await happen(1);
    await one.run();
    await happen(1);
    await other.run();
    await happen(1);
    await one.run();
    expect((await sealed.notes()).length).toBe(5);
    await expectTrueNotes();
  });
});

describe('recent leaves by themselves', () => {
  const events = (from: number, count: number): RecordedEvent[] =>
    Array.from({ length: count }, (_, index) => {
      return {
        ...anEvent(),
        id: randomUUID(),
        stream: 'test_user-1',
        revision: from + index,
        position: positionOf(from + index),
      };
    });

  it('forget all of it when nobody takes them, and begin again', () => {
    const recent = new RecentLeaves();
    recent.add(events(1, 1), positionOf(1));
    recent.add(events(2, 20_000), positionOf(20_001));
    recent.add(events(20_002, 1), positionOf(20_002));
    expect(recent.take(positionOf(1))).toEqual([]);
    recent.add(events(20_003, 1), positionOf(20_003));
    recent.add(events(20_004, 450), positionOf(20_453));
    expect(recent.take(positionOf(20_002))).toEqual([]);
    const pages = recent.take(positionOf(20_003));
    expect(pages.map(({ leaves }) => leaves.length)).toEqual([200, 200, 50]);
    expect(pages.at(-1)!.last.position).toBe(positionOf(20_453));
    expect(recent.take(positionOf(20_453))).toEqual([]);
    expect(recent.take(positionOf(20_454))).toEqual([]);
  });

  it('give only what comes after the place that they are asked for', () => {
    const recent = new RecentLeaves();
    recent.add([], positionOf(5));
    recent.add(events(6, 4), positionOf(9));
    expect(recent.take(positionOf(7)).flatMap(({ leaves }) => leaves.map(({ revision }) => revision))).toEqual([8, 9]);
  });
});
