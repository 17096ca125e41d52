import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { storedEvent } from '../../src/event-store/event-encoder.js';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import { signNote } from '../../src/audit/note.js';
import { verify, type VerifyOptions, type VerifyReport } from '../../src/audit/verify.js';
import { SEAL_STREAM } from '../../src/domain/streams.js';
import { freshDevice, issued, NOW } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
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
import { newNoteKey, openSealedLog, type SealedLog } from '../support/sealed-log.js';

/**
 * Positions: 1 the log's beginning; 2–5 a device, 6–9, 10–13; 14 a note over 13; 15–18, 19–22 more devices; 23 a note over 22; 24–27 a
 * device that no note covers.
 */
describe('tampering', () => {
  let sealed: SealedLog;
  let devices: readonly string[];
  beforeEach(async () => {
    sealed = await openSealedLog();
    const seal = sealed.seal();
    const first = await sealed.happen(3);
    await seal.run();
    const second = await sealed.happen(2);
    await seal.run();
    devices = [...first, ...second, ...(await sealed.happen(1))];
  });
  afterEach(() => sealed.close());

  const run = (options: Partial<VerifyOptions> = {}): Promise<VerifyReport> =>
    verify({
      ...{ store: sealed.test.store, prefix: sealed.test.prefix, keys: sealed.test.keys, leaves: sealed.leaves },
      ...{ noteKeys: [sealed.noteKey], against: [], mark: null },
      ...options,
    });
  const brief = (report: VerifyReport): string[] => briefly(report, devices, sealed.test.prefix);
  const kept = async (index: number): Promise<{ name: string; text: string }> => ({
    name: `note ${index}`,
    text: (await sealed.notes())[index]!,
  });

  it('is not found where there is none', async () => {
    const seen: number[] = [];
    const against = [await kept(0), await kept(1)];
    const report = await run({ against, onProgress: (events) => seen.push(events) });
    expect(report).toEqual({
      ...{ events: 27, disowned: 0, checkpoints: 2, ok: true, sealed_up_to: 22, unsealed: 5, findings: [] },
    });
    expect(seen).toEqual([27]);
    await sealed.leaves.clear();
    expect(await run()).toMatchObject({ ok: true });
  });

  const NOTE = 'checkpoint_inconsistent seal@';
  const kinds: readonly (readonly [string, Change, readonly string[]])[] = [
    ['a byte of data', setting('data', "replace(data, 'sealed', 'healed')", 3), ['altered 0@1', `${NOTE}0`]],
    ['metadata', setting('metadata', "replace(metadata, 'user', 'used')", 7), ['altered 1@1', `${NOTE}0`]],
    ['a type', setting('type', "'TokenRedelivered'", 8), ['altered 1@2', `${NOTE}0`]],
    ['an id', setting('id', `x'${randomUUID().replaceAll('-', '')}'`, 8), ['altered 1@2', `${NOTE}0`]],
    ['a MAC', setting('metadata', `replace(metadata, '"mac":"one.', '"mac":"one.A')`, 8), ['altered 1@2', `${NOTE}0`]],
    ['data behind the notes', setting('data', "replace(data, 'sealed', 'healed')", 26), ['altered 5@2']],
    ['removal in the middle', removal(7), ['removed 1@1', `${NOTE}0`]],
    ['removal at a stream’s end', removal(9), ['removed 1@3', `${NOTE}0`]],
    [
      'removal of a whole stream',
      removal(15, 18),
      ['removed 3@0', 'removed 3@1', 'removed 3@2', 'removed 3@3', `${NOTE}1`],
    ],
    ['removal behind the notes', removal(25), ['removed 5@1']],
    ['an exchange within a stream', exchange(3, 4, CONTENT), ['reordered 0@1', 'reordered 0@2', `${NOTE}0`]],
    ['an exchange of streams far apart', exchange(3, 16, CONTENT), ['reordered 0@1', 'reordered 3@1', `${NOTE}0`]],
    [
      'an exchange of places alone',
      exchange(4, 8, ['stream_id', 'revision + 1000', ...CONTENT].slice(2)),
      ['reordered 0@2', 'reordered 1@2', `${NOTE}0`],
    ],
    [
      'a later place',
      (db) => {
        db.exec('update events set position = position + 1000 where position > 16');
        movePosition(3, 17)(db);
      },
      ['reordered 0@1', `${NOTE}0`],
    ],
    ['a copy into another stream', copyInto(3, 6, 4), ['inserted 1@4']],
    ['a copy before the first place', copyInto(3, 2, 4, -7), ['inserted 0@4']],
    ['a copy before the first place, behind the notes', copyInto(25, 24, 4, 0), ['inserted 5@4']],
    ['a move before the first place', movePosition(3, -7), ['reordered 0@1', `${NOTE}0`]],
    ['a move before the first place, behind the notes', movePosition(25, -7), ['reordered 5@1']],
    ['a move of the newest event before the first place', movePosition(27, -7), ['inserted 5@3']],
    ['a move between streams', moveInto(3, 6, 4), ['reordered 1@4', 'removed 0@1', `${NOTE}0`]],
    [
      'a note of another event',
      setting('data', `replace(data, '"size":13', '"size":12')`, 14),
      ['checkpoint_forged seal@0', 'altered seal@0', 'checkpoint_inconsistent seal@1'],
    ],
    ['the log’s own history', setting('data', "replace(data, 'auth.', 'evil.')", 1), ['altered log@0', `${NOTE}0`]],
  ];

  it.each(kinds)('is found and named: %s', async (name, change, expected) => {
    sealed.tamper(change);
    const report = await run();
    expect(report.ok).toBe(false);
    const found = brief(report);
    for (const one of expected) expect(found).toContain(one);
    // Nothing else is blamed, except behind the notes where the MACs stand on what was altered.
    expect(found.filter((one) => !name.startsWith('the log') || !/ 5@|seal@1/.test(one))).toHaveLength(expected.length);
  });

  it('is found: an event of somebody else, with the note as good as before', async () => {
    const stream = freshDevice();
    await sealed.test.forge(stream, anEvent());
    const report = await run();
    expect(report.findings).toMatchObject([{ kind: 'inserted', stream: sealed.test.name(stream), revision: 0 }]);
    await sealed.log.disown({ stream: sealed.test.name(stream), revision: 0, actor: 'operator:test' });
    expect(await run()).toMatchObject({ ok: true, disowned: 1, events: 28 });
  });

  it('is found without the leaves, if not named as well', async () => {
    sealed.tamper((db) => db.exec('delete from events where position = 9'));
    await sealed.leaves.clear();
    expect(brief(await run())).toEqual(['checkpoint_inconsistent seal@0']);
  });

  it('is found: a log that was rolled back, against a note that is kept, and by the high-water mark', async () => {
    const against = [await kept(1)];
    const last = (await sealed.recorded()).at(-1)!;
    const mark = { position: last.position, eventId: last.id, historyId: sealed.log.histories[0]!.historyId };
    sealed.tamper((db) => db.exec('delete from events where position > 16'));
    expect(await run()).toMatchObject({ ok: true });
    expect(brief(await run({ mark }))).toEqual(['truncated']);
    // The kept note confirms the leaves, and these name the first that is gone.
    const report = await run({ against });
    expect(report.findings.map(({ kind }) => kind)).toEqual(['truncated', 'truncated']);
    expect(brief(report)).toContain('truncated 3@2');
    // It grows again, beyond the note.
    await sealed.happen(4);
    expect(brief(await run({ against }))).toContain('checkpoint_inconsistent');
  });

  it('is found behind more alterations than are named: a forged note, and an end that was cut off', async () => {
    const streams = await sealed.happenAtOnce(150, 8);
    await sealed.seal().run();
    devices = [...devices, ...streams.map((stream) => sealed.test.name(stream))];
    const end = (await sealed.recorded()).length;
    const against = [await kept(2)];
    sealed.tamper((db) => {
      db.exec("update events set data = replace(data, 'sealed', 'healed') where position between 28 and 1100");
      setting('data', `replace(data, '"size":1227', '"size":1226')`, end)(db);
    });
    const report = await run({ against });
    expect(report.findings.filter(({ kind }) => kind === 'altered')).toHaveLength(1_001);
    expect(brief(report)).toEqual(expect.arrayContaining(['altered seal@2', 'checkpoint_forged seal@2']));
    sealed.tamper(removal(end - 20, end));
    // 27 events stand before those devices, each of which has eight.
    const first = end - 20 - 28;
    expect(brief(await run({ against }))).toContain(`truncated ${6 + Math.floor(first / 8)}@${first % 8}`);
  });

  it('is found: a log and its notes, written again by somebody who has all keys, against a note that is kept', async () => {
    const against = [await kept(0)];
    const historyId = sealed.log.histories[0]!.historyId;
    const stream = devices[0]!;
    const forged = storedEvent(issued(), { stream, revision: 0, historyId, key: sealed.test.keys.current });
    sealed.tamper((db) => {
      const update = db.prepare('update events set data = ?, metadata = ?, id = ? where position = ?');
      update.run([forged.data, forged.metadata, Buffer.from(forged.id.replaceAll('-', ''), 'hex'), 2]);
    });
    await sealed.leaves.clear();
    for (const [revision, position, size] of [
      [0, 14, 13],
      [1, 23, 22],
    ] as const) {
      const origin = sealed.origin();
      const note = signNote({ origin, size, root: await sealed.rootAt(size) }, sealed.noteKey);
      const event = { type: 'CheckpointSigned', data: { note, size, position: '1', keyId: 'note', origin } } as const;
      const stored = storedEvent(
        { id: randomUUID(), occurredAt: NOW, actor: 'system', correlationId: 'c', event },
        { stream: sealed.test.name(SEAL_STREAM), revision, historyId, key: sealed.test.keys.current },
      );
      sealed.tamper((db) => {
        const update = db.prepare('update events set data = ?, metadata = ?, id = ? where position = ?');
        update.run([stored.data, stored.metadata, Buffer.from(stored.id.replaceAll('-', ''), 'hex'), position]);
      });
    }
    expect(await run()).toMatchObject({ ok: true });
    const report = await run({ against });
    expect(brief(report)).toEqual(['checkpoint_inconsistent']);
    expect(report.findings[0]!.detail).toContain('note 0');
  });

  it('is found: another signer, in the log and in what is kept', async () => {
    const other = newNoteKey('other');
    const note = signNote({ origin: sealed.origin(), size: 22, root: Buffer.alloc(32) }, other);
    expect(brief(await run({ against: [{ name: 'a.note', text: note }] }))).toEqual(['checkpoint_forged']);
    expect(brief(await run({ against: [{ name: 'a.note', text: 'no note' }] }))).toEqual(['checkpoint_forged']);
    expect(brief(await run({ noteKeys: [other] }))).toEqual(['checkpoint_forged seal@0', 'checkpoint_forged seal@1']);
    const data = canonicalJson({ kid: 'note', note, origin: sealed.origin(), position: '1', size: 22 });
    sealed.tamper((db) => db.prepare('update events set data = ? where position = 23').run(data));
    expect(brief(await run())).toEqual(expect.arrayContaining(['checkpoint_forged seal@1', 'altered seal@1']));
  });

  it('is found: a kept note of the lost part, whatever the log calls itself now', async () => {
    const against = [await kept(1)];
    sealed.tamper((db) => db.exec('delete from events where position > 16'));
    await sealed.log.restore({ refuseOlder: false, actor: 'operator:test' }).catch(() => undefined);
    await sealed.happen(3);
    expect((await run({ against })).ok).toBe(false);
  });
});
