/** Bytes in the file that no text has: what is not UTF-8, and what stands behind a NUL. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { verify, type VerifyReport } from '../../src/audit/verify.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';
import { briefly, setting } from '../support/tampering.js';

/** Positions: 1 the log's beginning; 2–9 two devices; 10 a note over 9; 11–14 a device that no note covers. */
describe('bytes that no text has', () => {
  let sealed: SealedLog;
  let devices: readonly string[];
  beforeEach(async () => {
    sealed = await openSealedLog();
    const first = await sealed.happen(2);
    await sealed.seal().run();
    devices = [...first, ...(await sealed.happen(1))];
  });
  afterEach(() => sealed.close());

  const run = (): Promise<VerifyReport> =>
    verify({
      ...{ store: sealed.test.store, prefix: sealed.test.prefix, keys: sealed.test.keys, leaves: sealed.leaves },
      ...{ noteKeys: [sealed.noteKey], against: [], mark: null },
    });
  const brief = async (): Promise<string[]> => briefly(await run(), devices, sealed.test.prefix);

  const BAD = [
    ['that is not UTF-8', (column: string) => `cast(cast(${column} as blob) || x'ff' as text)`],
    ['that is not UTF-8, in the middle', (column: string) => `cast(substr(${column}, 1, 3) || x'c328' as text)`],
    ['behind a NUL', (column: string) => `${column} || char(0) || 'evil'`],
  ] as const;
  const COLUMNS = ['data', 'metadata', 'type'];

  it.each(BAD.flatMap(([name, of]) => COLUMNS.map((column) => [column, name, of(column)] as const)))(
    'are found and named in %s: %s',
    async (column, _name, expression) => {
      sealed.tamper(setting(column, expression, 4));
      expect(await brief()).toEqual(['altered 0@2', 'checkpoint_inconsistent seal@0']);
    },
  );

  it.each(BAD.map(([name, of]) => [name, of('data')] as const))(
    'are found behind the notes: %s',
    async (_name, expression) => {
      sealed.tamper(setting('data', expression, 13));
      expect(await brief()).toEqual(['altered 2@2']);
    },
  );

  it('are found in the log’s own history, and the name of a stream', async () => {
    sealed.tamper((db) => db.exec(`update streams set name = cast(cast(name as blob) || x'ff' as text) where id = 2`));
    expect(await brief()).toEqual(expect.arrayContaining(['removed 0@0', 'removed 0@3']));
    sealed.tamper(setting('data', `cast(x'7bff7d' as text)`, 1));
    expect(await brief()).toEqual(expect.arrayContaining(['altered log@0']));
  });

  it.each([
    ['ids', `x'ff'`],
    ['ids', 'zeroblob(length(ids))'],
    ['places', `cast(x'ff' as text)`],
    ['places', `'[]'`],
    ['places', `'null'`],
    ['hashes', 'substr(hashes, 2)'],
  ])('are found behind leaf hashes that are damaged as well, in their %s: %s', async (column, expression) => {
    const db = new Database(sealed.leavesFile);
    expect(db.prepare(`update leaf_pages set ${column} = ${expression}`).run().changes).toBeGreaterThan(0);
    db.close();
    sealed.tamper(setting('data', `data || ' '`, 4));
    expect(await brief()).toEqual(expect.arrayContaining(['altered 0@2']));
  });

  it('are read as what no event of ours says, each as another text', async () => {
    const texts: string[] = [];
    for (const bytes of ['7b7d', '7bff7d', '7bfe7d', '7b2546467d', '7b2546467dff', '7b007d', '7be282ac7d']) {
      sealed.tamper(setting('data', `cast(x'${bytes}' as text)`, 4));
      texts.push((await sealed.recorded())[3]!.data);
    }
    expect(texts).toEqual(['{}', '{%FF}\uFFFD', '{%FE}\uFFFD', '{%FF}', '{%25FF}%FF\uFFFD', '{\0}', '{€}']);
  });
});
