import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StreamIndexMissingError, type UserAuditContext } from '../../src/audit/context.js';
import { allDeviceStreams, deviceStreamsOf, suspectStreams, suspectStreamsOf } from '../../src/audit/device-streams.js';
import { stateAt } from '../../src/audit/state.js';
import type { ReadAllOptions } from '../../src/event-store/event-store.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { catchUp } from '../../src/operator/catch-up.js';
import { readable } from '../support/audit-context.js';
import { openEmbeddedStores, openTestLog, type EmbeddedStores } from '../support/embedded-stores.js';
import { append, userHistory } from '../support/history-of-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let stores: EmbeddedStores;
let log: OpenedLog;
let userId: string;
beforeEach(async () => {
  folder = temporaryFolder();
  stores = await openEmbeddedStores(folder.path);
  log = await openTestLog(stores.eventStore);
  const events = await append(log, userHistory([5]));
  const { stream } = events.find((event) => event.stream.kind === 'user')!;
  userId = 'userId' in stream ? stream.userId : '';
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

interface Counting {
  readonly context: UserAuditContext;
  /** How many pages of the whole log were read. */
  readonly reads: () => number;
}

/** `isEndless`: the log has no end, so that a scan of all of it never ends either. */
function counting(index: UserAuditContext['index'], { isEndless = false } = {}): Counting {
  let count = 0;
  const eventLog = Object.create(log) as OpenedLog;
  eventLog.readAll = async (options?: ReadAllOptions) => {
    count += 1;
    const page = await log.readAll(options);
    return isEndless ? { ...page, isEnd: false } : page;
  };
  return { context: { ...readable(log, stores.readModel), eventLog, index }, reads: () => count };
}

describe('the index of the streams', () => {
  it('answers with one page of a log that it is level with, and with the few events that it is behind', async () => {
    const { context, reads } = counting(stores.readModel);
    expect(await deviceStreamsOf(context, userId)).toHaveLength(1);
    await catchUp(log, stores.readModel);
    const before = reads();
    expect(await deviceStreamsOf(context, userId)).toHaveLength(1);
    expect(reads() - before).toBe(1);
  });

  it('is asked for by name where it is missing: the whole log is not read instead', async () => {
    const { context, reads } = counting(stores.readModel, { isEndless: true });
    const asked = [
      () => deviceStreamsOf(context, userId),
      () => suspectStreamsOf(context, userId),
      () => suspectStreams(context),
      () => allDeviceStreams(context),
      () => stateAt(context, userId, { at: Date.now() }),
    ];
    for (const [index, ask] of asked.entries()) {
      await expect(ask()).rejects.toThrow(StreamIndexMissingError);
      expect(reads()).toBe(10 * (index + 1));
    }
    await expect(deviceStreamsOf(context, userId)).rejects.toThrow(/is missing, or of another version: run `rebuild`/);
  });

  it('is of no use if another version of the program made it, or if it is far behind', async () => {
    await catchUp(log, stores.readModel);
    const { readModel } = stores;
    const older = Object.create(readModel) as typeof readModel;
    older.madeBy = () => Promise.resolve('older');
    const missing = counting(older, { isEndless: true });
    await expect(deviceStreamsOf(missing.context, userId)).rejects.toThrow(/of another version: run `rebuild`/);
    const behind = counting(readModel, { isEndless: true });
    await expect(deviceStreamsOf(behind.context, userId)).rejects.toThrow(/far behind the log: run `rebuild`/);
    const { context, reads } = counting(readModel);
    expect(await deviceStreamsOf(context, userId)).toHaveLength(1);
    expect(await deviceStreamsOf(context, randomUUID())).toEqual([]);
    expect(reads()).toBe(2);
  });
});
