/** A log of 10^5 events, in both stores: whatever is done to it is found and named, and commands refuse what has no valid MAC. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../../src/adapters/sqlite/copy/copy-database.js';
import type { KeptNote } from '../../src/audit/note-trail.js';
import { signNote } from '../../src/audit/note.js';
import { verify, type VerifyOptions, type VerifyReport } from '../../src/audit/verify.js';
import { SEAL_STREAM } from '../../src/domain/streams.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { loadFamily } from '../../src/event-store/load.js';
import type { freshDevice } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
import { asEmbedded, asEventStoreDb } from '../support/log-in-store.js';
import { rewritten } from '../support/rewritten-log.js';
import { newNoteKey, openSealedLog, type SealedLog } from '../support/sealed-log.js';
import {
  briefly,
  CONTENT,
  copyInto,
  exchange,
  moveInto,
  movePosition,
  removal,
  setting,
  type Change,
} from '../support/tampering.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS_A_DEVICE = 8;
/** Devices 0 to 4,999 are under the first note, those up to 9,999 under the second, the others under none. */
const GROUPS = [5_000, 5_000, 2_500] as const;
const EVENTS = 100_003;
const MINUTES = 60_000;

let sealed: SealedLog;
const devices: ReturnType<typeof freshDevice>[] = [];
let names: string[] = [];
let kept: KeptNote[] = [];
const folder = temporaryFolder();
const intact = path.join(folder.path, 'intact.db');

beforeAll(async () => {
  sealed = await openSealedLog();
  const seal = sealed.seal();
  for (const [index, count] of GROUPS.entries()) {
    devices.push(...(await sealed.happenAtOnce(count, EVENTS_A_DEVICE)));
    if (index < 2) await seal.run();
  }
  names = devices.map((device) => sealed.test.name(device));
  kept = (await sealed.notes()).map((text, index) => ({ name: `note ${index}`, text }));
  await copyDatabase(sealed.file, intact);
}, 20 * MINUTES);
afterAll(async () => {
  await sealed.close();
  folder.remove();
});

const run = (store: EventStore, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> =>
  verify({
    ...{ store, prefix: sealed.test.prefix, keys: sealed.test.keys, leaves: sealed.leaves },
    ...{ noteKeys: [sealed.noteKey], against: kept, mark: null },
    ...options,
  });
const found = (report: VerifyReport): string[] => briefly(report, names, sealed.test.prefix);

/** Where an event of a device stands. */
const at = (device: number, revision: number): number =>
  2 + device * EVENTS_A_DEVICE + revision + GROUPS.slice(0, 2).filter((_, index) => device >= 5_000 * (index + 1)).length;

/** A copy of the log after some changes. */
function tampered(...changes: readonly Change[]): string {
  const file = path.join(folder.path, `${randomUUID()}.db`);
  copyFileSync(intact, file);
  const db = new Database(file);
  try {
    for (const change of changes) change(db);
  } finally {
    db.close();
  }
  return file;
}

const SOMEBODY_ELSE = 'token-00000000-0000-4000-8000-000000000000.00000000-0000-4000-8000-000000000001';
const insertion: Change = (db) => {
  const { id, type, data, metadata } = anEvent();
  db.prepare('insert into streams (name) values (?)').run(`${sealed.test.prefix}${SOMEBODY_ELSE}`);
  db.prepare(
    `insert into events (stream_id, revision, id, type, data, metadata)
     values ((select max(id) from streams), 0, ?, ?, ?, ?)`,
  ).run([Buffer.from(id.replaceAll('-', ''), 'hex'), type, data, metadata]);
};
/** A note of another signer, in an event with a MAC of ours. */
const foreignNote: Change = (db) => {
  const note = signNote({ origin: sealed.origin(), size: 80_002, root: Buffer.alloc(32, 7) }, newNoteKey('other'));
  const data = { note, size: 80_002, position: '1', keyId: 'other', origin: sealed.origin() };
  const stored = sealed.test.stored(
    {
      ...{ id: randomUUID(), occurredAt: sealed.now, actor: 'system', correlationId: 'c' },
      event: { type: 'CheckpointSigned', data } as never,
    },
    { stream: SEAL_STREAM, revision: 1, historyId: sealed.log.histories[0]!.historyId },
  );
  db.prepare(`update events set id = ?, data = ?, metadata = ? where type = 'CheckpointSigned' and revision = 1`).run([
    Buffer.from(stored.id.replaceAll('-', ''), 'hex'),
    stored.data,
    stored.metadata,
  ]);
};

const HEALED = "replace(data, 'sealed', 'healed')";
/** Each at devices of its own; `refused`: the newest event of that device has no valid MAC then. */
const KINDS: readonly { what: string; change: () => Change; named: readonly string[]; refused?: number }[] = [
  { what: 'a byte of data', change: () => setting('data', HEALED, at(100, 7)), named: ['altered 100@7'], refused: 100 },
  {
    what: 'a byte of metadata',
    change: () => setting('metadata', `replace(metadata, '"user"', '"used"')`, at(200, 7)),
    named: ['altered 200@7'],
    refused: 200,
  },
  {
    what: 'a type',
    change: () => setting('type', "'TokenRedelivered'", at(300, 7)),
    named: ['altered 300@7'],
    refused: 300,
  },
  { what: 'an id', change: () => setting('id', 'randomblob(16)', at(400, 7)), named: ['altered 400@7'], refused: 400 },
  {
    what: 'a MAC',
    change: () => setting('metadata', `replace(metadata, '"mac":"one.', '"mac":"one.A')`, at(500, 7)),
    named: ['altered 500@7'],
    refused: 500,
  },
  { what: 'removal in the middle of a stream', change: () => removal(at(600, 3)), named: ['removed 600@3'] },
  { what: "removal at a stream's end", change: () => removal(at(700, 7)), named: ['removed 700@7'] },
  {
    what: 'removal of a whole stream',
    change: () => removal(at(800, 0), at(800, 7)),
    named: Array.from({ length: EVENTS_A_DEVICE }, (_, revision) => `removed 800@${revision}`),
  },
  {
    what: 'an exchange within a stream',
    change: () => exchange(at(900, 3), at(900, 4), CONTENT),
    named: ['reordered 900@3', 'reordered 900@4'],
  },
  {
    what: 'an exchange between streams far apart',
    change: () => exchange(at(1_000, 3), at(6_000, 3), CONTENT),
    named: ['reordered 1000@3', 'reordered 6000@3'],
  },
  { what: 'a later place in the log', change: () => movePosition(at(700, 2), at(800, 0)), named: ['reordered 700@2'] },
  {
    what: 'a copy into another stream',
    change: () => copyInto(at(1_300, 3), at(1_400, 0), 8),
    named: ['inserted 1400@8'],
    refused: 1_400,
  },
  {
    what: 'a copy within its stream',
    change: () => copyInto(at(1_500, 3), at(1_500, 0), 8),
    named: ['inserted 1500@8'],
    refused: 1_500,
  },
  {
    what: 'a move between streams',
    change: () => moveInto(at(1_600, 3), at(1_700, 0), 8),
    named: ['reordered 1700@8', 'removed 1600@3'],
    refused: 1_700,
  },
  { what: 'an event of somebody else', change: () => insertion, named: [`inserted ${SOMEBODY_ELSE}@0`] },
  {
    what: 'data that no note covers yet',
    change: () => setting('data', HEALED, at(11_000, 7)),
    named: ['altered 11000@7'],
    refused: 11_000,
  },
  { what: 'removal where no note covers it yet', change: () => removal(at(11_100, 3)), named: ['removed 11100@3'] },
  { what: 'a note of another signer', change: () => foreignNote, named: ['checkpoint_forged seal@1'] },
];

// That nothing else is named holds for both stores below; one reading of a log that nobody touched is enough.
it(
  'a log of 10^5 events is found intact where nobody touched it',
  () =>
    asEmbedded(tampered(), async (store) => {
      const report = { events: EVENTS, checkpoints: 2, ok: true, sealed_up_to: 80_002, unsealed: 20_001, findings: [] };
      expect(await run(store)).toMatchObject(report);
    }),
  20 * MINUTES,
);

describe.each([
  ['embedded', asEmbedded],
  ['EventStoreDB', asEventStoreDb],
])('a log of 10^5 events, %s', (_, inStore) => {
  it(
    `names each of ${KINDS.length} changes and nothing else, and commands refuse what has no valid MAC`,
    () =>
      inStore(tampered(...KINDS.map(({ change }) => change())), async (store) => {
        const note = signNote({ origin: sealed.origin(), size: 10, root: Buffer.alloc(32) }, newNoteKey('other'));
        const report = await run(store, { against: [...kept, { name: 'foreign', text: note }] });
        // Two kept notes and the first of the log do not fit what was changed, and one kept note is of another signer.
        const ofNotes = ['checkpoint_inconsistent', 'checkpoint_inconsistent', 'checkpoint_inconsistent seal@0'];
        const expected = [...KINDS.flatMap(({ named }) => named), ...ofNotes, 'checkpoint_forged'];
        expect(found(report).toSorted()).toEqual(expected.toSorted());
        await expectRefusals(store);
      }),
    20 * MINUTES,
  );

  it(
    'names the first event that is gone after a roll-back, by a note that is kept',
    () =>
      inStore(tampered(removal(at(8_000, 4), EVENTS)), async (store) => {
        expect(found(await run(store))).toEqual(expect.arrayContaining(['truncated 8000@4']));
      }),
    20 * MINUTES,
  );

  it(
    'names what was rewritten with all keys and new notes, by a note that is kept',
    async () => {
      const file = tampered();
      await rewritten(file, { sealed, device: devices[50]!, position: at(50, 3), revision: 3, notes: [40_001, 80_002] });
      await inStore(file, async (store) => {
        const report = await run(store);
        expect(found(report)).toEqual(expect.arrayContaining(['altered 50@3', 'checkpoint_inconsistent']));
        expect(report.findings.map(({ detail }) => detail).join()).toContain('note 0');
      });
    },
    20 * MINUTES,
  );

  async function expectRefusals(store: EventStore): Promise<void> {
    const log = await sealed.test.open({ store, mayOpen: false });
    const context = { eventLog: log, alarms: { streamDestroyed: () => undefined } };
    const load = (index: number): Promise<unknown> => {
      const { userId, deviceId } = devices[index]!;
      return loadFamily(context, userId, deviceId);
    };
    for (const { refused } of KINDS)
      if (refused !== undefined)
        await expect(load(refused)).rejects.toMatchObject({ name: 'RefusedEventError', kind: 'altered' });
    await expect(load(2_000)).resolves.toMatchObject({ state: { revision: 7 } });
  }
});
