import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangesWithoutServer } from '../../src/compose/changes-without-server.js';
import { openStores, type Stores } from '../../src/compose/stores.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import { TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued } from '../support/event-log/some-family.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let stores: Stores;
let log: OpenedLog;
let changes: ChangesWithoutServer;
let canWrite: boolean;
beforeEach(async () => {
  folder = temporaryFolder();
  canWrite = true;
  const servers = { eventStoreUrl: null, mongoUrl: null };
  stores = await openStores({ dataDir: folder.path, archiveDir: null, ...servers, streamPrefix: 'test_' });
  const { highWaterMark: mark } = stores;
  const highWaterMark: typeof mark = {
    keysLostUpTo: () => mark.keysLostUpTo(),
    noteKeysLostUpTo: (position) => mark.noteKeysLostUpTo(position),
    read: () => mark.read(),
    write: (one) => (canWrite ? mark.write(one) : Promise.reject(new Error('the disk is full'))),
  };
  const test = new TestLog(stores.eventStore);
  changes = new ChangesWithoutServer({
    ...{ stores: { ...stores, highWaterMark }, prefix: test.prefix, place: folder.path, say: () => undefined },
    eventLog: () => log,
  });
  log = await test.open({ onMoved: changes.moved, onAppending: changes.appending });
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

const append = async (): Promise<void> => {
  await log.append(freshDevice(), [issued()], 'no_stream');
};
const marked = async (): Promise<unknown> => (await stores.highWaterMark.read())?.eventId ?? null;
const newest = async (): Promise<unknown> => (await stores.eventStore.readNewest())?.id;

describe('a change without a server', () => {
  it('is not said to be done while its mark cannot be written; made again, it is', async () => {
    canWrite = false;
    const made = changes.make(append);
    await expect(made).rejects.toThrow(OperatorRefusedError);
    await expect(made).rejects.toThrow(/It is done, but .*the disk is full.*Run the command again/);
    expect(await marked()).toBeNull();
    canWrite = true;
    await changes.make(() => Promise.resolve());
    expect(await marked()).toBe(await newest());
  });

  it('that fails halfway has its mark all the same, and says why it failed', async () => {
    const made = changes.make(async () => {
      await append();
      throw new Error('a later step failed');
    });
    await expect(made).rejects.toThrow('a later step failed');
    expect(await marked()).toBe(await newest());
  });

  it('moves no mark by an append that was not compared with it', async () => {
    await append();
    expect(await marked()).toBeNull();
  });
});
