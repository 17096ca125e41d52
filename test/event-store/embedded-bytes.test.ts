/** What a rotation takes of the disk, index included, for a browser's client: the log of years must stay small. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, rotated } from '../support/event-log/some-family.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const STREAMS = 300;
const ROTATIONS = 6_000;
const MAX_BYTES = 850;

// A desktop browser's agent and an address as a list, and what AES-256-GCM adds: nonce and tag.
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const SEALED_BYTES = 12 + 16 + JSON.stringify(['203.0.113.117', AGENT]).length;

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

it(`is at most ${MAX_BYTES} bytes, over ${ROTATIONS} rotations of ${STREAMS} devices`, async () => {
  const file = await SqliteFile.open(path.join(folder.path, 'log.db'), { jobs: [EVENT_STORE_JOBS] });
  const log = await new TestLog(openEmbeddedEventStore(file)).open({ prefix: 'tokenledger_' });
  const devices = Array.from({ length: STREAMS }, freshDevice);
  await Promise.all(devices.map((device) => log.append(device, [issued()], 'no_stream')));
  for (let generation = 1; generation <= ROTATIONS / STREAMS; generation += 1) {
    const rotations = devices.map((device) => {
      const client = randomBytes(SEALED_BYTES).toString('base64url');
      return log.append(device, [rotated(generation, client)], generation - 1);
    });
    await Promise.all(rotations);
  }
  const query = file.client('event store').query.bind(file.client('event store'));
  query('PRAGMA wal_checkpoint(TRUNCATE)').get();
  const number = (sql: string): number => query(sql).get()![0] as number;
  const bytes = number('PRAGMA page_count') * number('PRAGMA page_size');
  const perEvent = bytes / number('select count(*) from events');
  await file.close();
  expect(perEvent).toBeLessThanOrEqual(MAX_BYTES);
  // A rotation that took much less would be another event than the one that is measured here.
  expect(perEvent).toBeGreaterThan(500);
});
