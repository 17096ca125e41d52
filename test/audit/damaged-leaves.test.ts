/** Leaf hashes that somebody has damaged or forged: nothing is signed or proved that stands on them, and they are made again. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { Leaf } from '../../src/audit/leaf-hashes.js';
import { leafHash } from '../../src/audit/merkle.js';
import { parseNote } from '../../src/audit/note.js';
import { prove } from '../../src/audit/prove.js';
import { checkProof } from '../../src/audit/tlog-proof.js';
import { verify } from '../../src/audit/verify.js';
import { leafRecord } from '../../src/event-store/event-record.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';

type Change = (db: Database.Database) => void;

const sql =
  (text: string): Change =>
  (db) =>
    db.exec(text);

const LAST = 'where first = (select max(first) from leaf_pages)';
const FORMER = `
  delete from leaf_pages; delete from leaf_events; delete from leaf_streams;
  create table leaves (number integer primary key, event_id text, stream_id integer, revision integer, hash blob);
`;
const DAMAGES: readonly (readonly [string, Change])[] = [
  ['those of a file of before', sql(FORMER)],
  ['the first page is gone', sql('delete from leaf_pages where first = 0')],
  ['the last page is gone', sql(`delete from leaf_pages ${LAST}`)],
  [
    'the last page is gone, and the progress goes back',
    sql(`update leaf_progress set size = (select max(first) from leaf_pages);
    delete from leaf_pages ${LAST};`),
  ],
  ['hashes of the first page differ', sql('update leaf_pages set hashes = zeroblob(length(hashes)) where first = 0')],
  ['hashes of the last page differ', sql(`update leaf_pages set hashes = zeroblob(length(hashes)) ${LAST}`)],
  ['ids of the last page differ', sql(`update leaf_pages set ids = zeroblob(length(ids)) ${LAST}`)],
  [
    'a page stands on another one',
    sql('insert into leaf_pages select first + 1, ids, places, hashes from leaf_pages where first = 0'),
  ],
  ['the progress says more', sql('update leaf_progress set size = size + 1')],
  ['the progress is further in the log', sql(`update leaf_progress set position = '00000000000000000999'`)],
  ['streams are gone', sql('delete from leaf_streams')],
  ['the index of events is gone', sql('delete from leaf_events')],
  [
    'the index of events is of others',
    sql('update leaf_events set number = 100000 + number; update leaf_events set number = 100010 - number'),
  ],
  ['places are no numbers', sql(`update leaf_pages set places = replace(places, '[', '[true,') where first = 0`)],
  ['places are objects', sql(`update leaf_pages set places = '[{},0,{},1]' ${LAST}`)],
];

describe('leaf hashes that were changed', () => {
  let sealed: SealedLog;
  let happened: readonly RecordedEvent[];
  beforeEach(async () => {
    sealed = await openSealedLog();
  });
  afterEach(() => sealed.close());

  function change(what: Change): void {
    const db = new Database(sealed.leavesFile);
    try {
      what(db);
    } finally {
      db.close();
    }
  }
  /** Two notes, and so many events after them that no note covers, whose leaves are stored all the same. */
  async function history(unsealed: number): Promise<void> {
    await sealed.happen(2);
    await sealed.seal().run();
    await sealed.happen(1);
    await sealed.seal().run();
    happened = await sealed.recorded();
    if (unsealed === 0) return;
    await sealed.happen(unsealed);
    const recorded = await sealed.recorded();
    const { position, id: eventId } = recorded.at(-1)!;
    const { size } = (await sealed.leaves.progress())!;
    const progress = { position, lastEvent: { position, eventId } };
    expect(await sealed.leaves.append(size, recorded.slice(size).map(leafOf), progress)).toBe(true);
  }
  const leafOf = (event: RecordedEvent): Leaf => {
    const { id: eventId, stream, revision } = event;
    return { eventId, stream, revision, hash: leafHash(leafRecord(event)) };
  };
  const proofOf = ({ id }: RecordedEvent): Promise<string> => {
    const { store } = sealed.test;
    return prove({ store, leaves: sealed.leaves, log: sealed.authentic(), eventLog: sealed.log }, id);
  };
  async function expectProof(event: RecordedEvent): Promise<void> {
    const checked = checkProof(await proofOf(event), leafRecord(event), sealed.verifier());
    expect(checked).toMatchObject({ ok: true, index: happened.indexOf(event) });
  }
  async function expectTruth(): Promise<void> {
    const seal = sealed.seal();
    await sealed.happen(1);
    expect([(await seal.run()).size, (await seal.run()).size]).toEqual([expect.any(Number), null]);
    for (const { size, root } of (await sealed.notes()).map(parseNote)) expect(root).toEqual(await sealed.rootAt(size));
    for (const event of [happened[4]!, happened.at(-3)!]) await expectProof(event);
    const { store, prefix, keys } = sealed.test;
    const options = { store, prefix, keys, noteKeys: [sealed.noteKey], leaves: sealed.leaves, against: [], mark: null };
    expect(await verify(options)).toMatchObject({ ok: true });
  }

  it.each(DAMAGES)('are made again where %s, all of them under a note', async (_, damage) => {
    await history(0);
    change(damage);
    await expectTruth();
  });

  it.each(DAMAGES)('are made again where %s, some under no note yet', async (_, damage) => {
    await history(2);
    change(damage);
    await expectTruth();
  });

  it.each(DAMAGES)('prove nothing but the truth where %s', async (_, damage) => {
    await history(0);
    change(damage);
    for (const event of happened.slice(0, 12)) await expectProof(event);
  });

  it('of an event that never was are not signed', async () => {
    await history(0);
    const event = {
      stream: `${sealed.test.prefix}user-x`,
      revision: 7,
      id: 'x',
      type: 'UserErased',
      data: '{}',
      metadata: '{}',
    };
    change((db) => {
      const [size] = db.prepare('select size from leaf_progress').raw().get() as [number];
      const insert = db.prepare('insert into leaf_pages values (?, ?, ?, ?)');
      insert.run([size, Buffer.alloc(16, 9), '[1,7]', leafHash(leafRecord(event))]);
      db.exec('update leaf_progress set size = size + 1');
    });
    await expectTruth();
  });
});
