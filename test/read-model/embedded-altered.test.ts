/** A read model that another tool has altered: a comparison with the log names each document, whatever its bytes are now. */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { Projector } from '../../src/processors/projector.js';
import { rebuild, type RebuildResult } from '../../src/processors/rebuild.js';
import { openEmbeddedStores, openTestLog, TEST_FILE, type EmbeddedStores } from '../support/embedded-stores.js';
import { append, userHistory } from '../support/history-of-events.js';
import { run } from '../support/running-processor.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let stores: EmbeddedStores;
let log: OpenedLog;
let end: string;
beforeEach(async () => {
  folder = temporaryFolder();
  stores = await openEmbeddedStores(folder.path);
  log = await openTestLog(stores.eventStore);
  const events = await append(
    log,
    [[5, 5], [1]].flatMap((steps) => userHistory(steps)),
  );
  const projector = run(new Projector(stores.readModel), log);
  end = events.at(-1)!.position;
  await projector.reachesPosition(end);
  await projector.stop();
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

const compared = (): Promise<RebuildResult> =>
  rebuild({ log, readModel: stores.readModel, retentionMs: 1e15, now: Date.now, dryRun: true });
const tamper = (sql: string): void => {
  const db = new Database(path.join(folder.path, TEST_FILE));
  db.exec(sql);
  db.close();
};

describe('a document that another tool has altered is a difference', () => {
  it.each([
    ['bytes that are not UTF-8', `cast(cast(document as blob) || x'ff' as text)`],
    ['a NUL and what follows', `document || char(0) || 'evil'`],
    ['no JSON', `'no document'`],
    ['null', `'null'`],
    ['a document of no id', `'{}'`],
    ['a document of an id before all others', `json_set(document, '$.id', '')`],
  ])('%s', async (_name, expression) => {
    expect(await compared()).toMatchObject({ documents: 6, differences: [] });
    const [first] = await stores.readModel.scan('sessions', null, 1);
    tamper(`update sessions_1 set document = ${expression} where id = '${first!.id}'`);
    expect(await compared()).toMatchObject({
      documents: 6,
      differences: [{ collection: 'sessions', id: first!.id }],
    });
  });
});

describe('a read model without a checkpoint', () => {
  const WITHOUT = 'update read_model_builds set checkpoint = null, last_position = null, last_event_id = null';

  it('is compared with what the whole log says', async () => {
    expect(await compared()).toMatchObject({ documents: 6, differences: [], isBuilt: true });
    tamper(`${WITHOUT}; delete from streams_1`);
    const { differences, ...rest } = await compared();
    expect(rest).toMatchObject({ documents: 6, isBuilt: false });
    expect(differences.map(({ collection }) => collection)).toEqual(['streams', 'streams']);
    tamper('delete from sessions_1');
    expect((await compared()).differences.length).toBeGreaterThan(2);
    // Nothing at all is what an import leaves: the projector begins with the log's first event.
    tamper('delete from accounts_1');
    expect(await compared()).toMatchObject({ documents: 6, differences: [], isBuilt: false });
  });

  it('that the projector begins to build meanwhile is compared from the beginning', async () => {
    tamper(`${WITHOUT}; delete from streams_1; delete from sessions_1; delete from accounts_1`);
    let isBegun = false;
    const scan: typeof stores.readModel.scan = async (...page) => {
      const found = await stores.readModel.scan(...page);
      if (!isBegun) {
        isBegun = true;
        const projector = run(new Projector(stores.readModel), log);
        await projector.reachesPosition(end);
        await projector.stop();
      }
      return found;
    };
    const readModel = new Proxy(stores.readModel, {
      get: (target, name) => {
        const value: unknown = name === 'scan' ? scan : Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const result = await rebuild({ log, readModel, retentionMs: 1e15, now: Date.now, dryRun: true });
    expect(result).toMatchObject({ documents: 6, differences: [], isBuilt: true });
  });
});
