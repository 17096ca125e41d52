/** A log that was restored to an earlier moment, while the read model, kept elsewhere, shows the later one. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { emailStream } from '../../src/domain/streams.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { Projector } from '../../src/processors/projector.js';
import { rebuild } from '../../src/processors/rebuild.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { READ_MODEL_VERSION } from '../../projections/collections.js';
import { openTestLog } from '../support/embedded-stores.js';
import { append, userHistory } from '../support/history-of-events.js';
import { run, type RunningProcessor } from '../support/running-processor.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let readModel: ReadModel;
let file: SqliteFile;
let projector: RunningProcessor;
beforeEach(async () => {
  folder = temporaryFolder();
  file = await SqliteFile.open(inFolder('read-model.db'), { jobs: [READ_MODEL_JOBS] });
  readModel = openEmbeddedReadModel(file, READ_MODEL_VERSION);
});
afterEach(async () => {
  await projector.stop();
  await file.close();
  folder.remove();
});

const inFolder = (name: string): string => path.join(folder.path, name);

/** Does something with the log in a file of the folder, which is closed again, so that it can be replaced. */
async function withLog<T>(use: (log: OpenedLog) => Promise<T>): Promise<T> {
  const logFile = await SqliteFile.open(inFolder('log.db'), { jobs: [EVENT_STORE_JOBS] });
  const eventStore = openEmbeddedEventStore(logFile);
  try {
    return await use(await openTestLog(eventStore));
  } finally {
    await eventStore.close();
    await logFile.close();
  }
}

const live = async (log: OpenedLog, users: number): Promise<string> => {
  const histories = Array.from({ length: users }, (_, user) => userHistory([user, 5, 6]));
  return (await append(log, histories.flat())).at(-1)!.position;
};
/** What the read model is not made of, though it is ours. */
const idle = async (log: OpenedLog): Promise<string> => {
  const event = { type: 'EmailClaimed', data: { userId: '11111111-1111-4111-8111-111111111111' } } as const;
  return (await append(log, [{ stream: emailStream('k'.repeat(43)), occurredAt: Date.now(), event }])).at(-1)!.position;
};
const backUp = (): void => cpSync(inFolder('log.db'), inFolder('backup.db'));
const restore = (): void => cpSync(inFolder('backup.db'), inFolder('log.db'));

async function project(log: OpenedLog, upTo: string): Promise<void> {
  projector = run(new Projector(readModel), log);
  await projector.reachesPosition(upTo);
}

async function expectRefused(log: OpenedLog): Promise<void> {
  projector = run(new Projector(readModel), log);
  const { failure } = await projector.reaches('failed');
  expect(failure).toEqual({ reason: expect.stringContaining('run `npm run rebuild`') });
}

describe('G8: a log restored to an earlier moment', () => {
  it('is refused until the read model is rebuilt, however far it has grown again', async () => {
    await withLog((log) => live(log, 2));
    backUp();
    await withLog(async (log) => {
      await project(log, await live(log, 2));
      await projector.stop();
    });
    restore();
    for (const users of [1, 3]) {
      await withLog(async (log) => {
        await live(log, users);
        await expectRefused(log);
        await projector.stop();
      });
    }
    await withLog(async (log) => {
      await expectRefused(log);
      const options = { log, readModel, retentionMs: 1e15, now: Date.now };
      expect((await rebuild(options)).differences.length).toBeGreaterThan(0);
      // Resumes by itself, now that the read model is that of this log.
      await projector.reaches('running');
      await projector.reachesPosition(await live(log, 1));
      await projector.stop();
      expect((await rebuild(options)).differences).toEqual([]);
    });
  });

  it('that has lost nothing the read model shows is refused all the same', async () => {
    await withLog((log) => live(log, 1));
    backUp();
    await withLog(async (log) => {
      await project(log, await idle(log));
      await projector.stop();
    });
    restore();
    await withLog(async (log) => {
      await expectRefused(log);
      await projector.stop();
      await live(log, 1);
      await expectRefused(log);
      await projector.stop();
    });
  });
});
