/** A log that was put back to an earlier moment is noticed (G17). Over the embedded store, with copies of its file. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { findCut } from '../../src/event-store/cut-log.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { checkHighWater, RestoredLogError } from '../../src/event-store/high-water-check.js';
import { HighWaterKeeper } from '../../src/event-store/high-water-keeper.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import type { HighWater } from '../../src/key-store/high-water-mark.js';
import { eventually } from '../support/eventually.js';
import { TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, rotated } from '../support/event-log/some-family.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: SqliteFile;
let store: EventStore;
beforeEach(async () => {
  folder = temporaryFolder();
  await openFile();
});
afterEach(async () => {
  await file.close();
  folder.remove();
});

const at = (name: string): string => path.join(folder.path, name);

async function openFile(): Promise<void> {
  file = await openSqliteFile(at('log.db'), [EVENT_STORE_JOBS]);
  store = openEmbeddedEventStore(file);
}

/** Closes the log, does something to its files, and opens it again. */
async function whileClosed(act: () => void): Promise<void> {
  await file.close();
  act();
  await openFile();
}

const markAfter = async (log: OpenedLog): Promise<HighWater> => {
  const { position, id: eventId } = (await store.readNewest())!;
  return { position, eventId, historyId: log.histories.at(-1)!.historyId };
};

describe('the high-water mark', () => {
  async function startedLog(): Promise<{ test: TestLog; log: OpenedLog; mark: HighWater }> {
    const test = new TestLog(store);
    const log = await test.open();
    await log.append(freshDevice(), [issued()], 'no_stream');
    await whileClosed(() => cpSync(at('log.db'), at('backup.db')));
    const again = await test.open({ store });
    await again.append(freshDevice(), [issued()], 'no_stream');
    return { test, log: again, mark: await markAfter(again) };
  }
  const reopened = (test: TestLog): Promise<OpenedLog> => test.open({ store, mayOpen: false });

  it('is held by the log that goes on, and there is nothing to compare before the first', async () => {
    const { test, mark } = await startedLog();
    const log = await reopened(test);
    await log.append(freshDevice(), [issued()], 'no_stream');
    await checkHighWater({ store, log }, mark);
    await checkHighWater({ store, log }, null);
  });

  it('is beyond the end of a log that was put back', async () => {
    const { test, mark } = await startedLog();
    await whileClosed(() => cpSync(at('backup.db'), at('log.db')));
    const check = checkHighWater({ store, log: await reopened(test) }, mark);
    await expect(check).rejects.toThrow(RestoredLogError);
    await expect(check).rejects.toThrow(/put back to an earlier moment.*log restored --yes/);
  });

  it('is another event in a log that was put back and has gone on', async () => {
    const { test, mark } = await startedLog();
    await whileClosed(() => cpSync(at('backup.db'), at('log.db')));
    const log = await reopened(test);
    for (let time = 0; time < 3; time += 1) await log.append(freshDevice(), [issued()], 'no_stream');
    await expect(checkHighWater({ store, log }, mark)).rejects.toThrow(RestoredLogError);
  });

  it('is of another log where its history is unknown', async () => {
    const { test, mark } = await startedLog();
    const log = await reopened(test);
    await expect(checkHighWater({ store, log }, { ...mark, historyId: 'unknown' })).rejects.toThrow('another log');
    const foreign = { ...mark, position: `${mark.position}/${mark.position}` };
    await expect(checkHighWater({ store, log }, foreign)).rejects.toThrow(RestoredLogError);
  });
});

describe('the keeper of the mark', () => {
  const written: HighWater[] = [];
  const errors: unknown[] = [];
  let fails = false;
  const mark = {
    read: () => Promise.resolve(null),
    write: (one: HighWater) => (fails ? Promise.reject(new Error('down')) : Promise.resolve(void written.push(one))),
  };
  beforeEach(() => {
    [written.length, errors.length, fails] = [0, 0, false];
  });
  const keep = (delayMs: number): HighWaterKeeper =>
    new HighWaterKeeper({ mark, historyId: () => 'history', onError: (error) => errors.push(error), delayMs });

  it('writes what the log was moved to, once for many moves, and nothing while it rests', async () => {
    const keeper = keep(2_000);
    const log = await new TestLog(store).open({ onMoved: keeper.note });
    const device = freshDevice();
    await log.append(device, [issued()], 'no_stream');
    const { position } = await log.append(device, [rotated(1), rotated(2)], 0);
    expect(written).toEqual([]);
    await eventually('it is written', () => written.length > 0);
    const { id: eventId } = (await log.readNewest(device))!;
    expect(written).toEqual([{ position, eventId, historyId: 'history' }]);
    await sleep(2_100);
    expect(written).toHaveLength(1);
    await keeper.close();
    expect(written).toHaveLength(1);
  });

  it('writes what a follower shows, never goes back, and at the end without waiting', async () => {
    const keeper = keep(60_000);
    const test = new TestLog(store);
    const other = await test.open();
    const { position } = await other.append(freshDevice(), [issued()], 'no_stream');
    const log = await test.open({ onMoved: keeper.note });
    for await (const batch of log.follow({ after: null, signal: AbortSignal.timeout(60_000) }))
      if (batch.position >= position) break;
    keeper.note({ position: log.histories[0]!.position, eventId: 'older' });
    await keeper.close();
    expect(written).toMatchObject([{ position }]);
  });

  it('stays where it is while it is held, and is written once the log was found to be the same', async () => {
    const keeper = keep(10);
    keeper.hold();
    keeper.note({ position: '1', eventId: 'one' });
    await sleep(100);
    await keeper.write();
    expect(written).toEqual([]);
    keeper.release();
    await keeper.write();
    expect(written).toMatchObject([{ position: '1' }]);
  });

  it('tries again what could not be written', async () => {
    const keeper = keep(60_000);
    keeper.note({ position: '1', eventId: 'one' });
    fails = true;
    await keeper.write();
    expect(errors).toHaveLength(1);
    fails = false;
    await keeper.write();
    expect(written).toHaveLength(1);
  });
});

describe('a log that was cut', () => {
  it('shows by a token of this history that speaks of what is beyond the end of a stream', async () => {
    const log = await new TestLog(store).open();
    const device = freshDevice();
    await log.append(device, [issued()], 'no_stream');
    const token = { ...device, revision: 0, runId: `${log.runId}.start`, epoch: 0 };
    expect(await findCut(log, { ...token, revision: 4 })).toMatch(/revision 4 .* ends at 0/);
    expect(await findCut(log, { ...token, ...freshDevice() })).toMatch(/is not there/);
    // Its account was never registered.
    expect(await findCut(log, token)).toMatch(/account that is not there/);
    expect(await findCut(log, { ...token, revision: 4, runId: 'another-hist.start' })).toBeNull();
  });
});
