import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { InconsistentLogError } from '../../src/audit/tree-errors.js';
import { isSignedBy, parseNote } from '../../src/audit/note.js';
import { SEAL_STREAM } from '../../src/domain/streams.js';
import { freshDevice, issued } from '../support/event-log/some-family.js';
import { anEvent } from '../support/log-events.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';

const HOUR = 3_600_000;

describe('the seal', () => {
  let sealed: SealedLog;
  beforeEach(async () => {
    sealed = await openSealedLog();
  });
  afterEach(() => sealed.close());

  it('signs the root over all events of ours', async () => {
    await sealed.happen(3);
    expect(await sealed.seal().run()).toEqual({ size: 13, refused: null });
    const [text] = await sealed.notes();
    const note = parseNote(text!);
    expect(note).toMatchObject({ origin: 'auth.example.com', size: 13, root: await sealed.rootAt(13) });
    expect(isSignedBy(note, sealed.verifier())).toBe(true);
    const [event] = await sealed.log.readStream(SEAL_STREAM);
    const last = (await sealed.recorded())[12]!;
    expect(event!.event.data).toMatchObject({
      size: 13,
      position: last.position,
      keyId: 'note',
      origin: 'auth.example.com',
    });
  });

  it('signs again when events came, notes themselves not counted, and hourly without events', async () => {
    const seal = sealed.seal();
    expect(await seal.run()).toMatchObject({ size: 1 });
    expect(await seal.run()).toMatchObject({ size: null });
    await sealed.happen(1);
    expect(await seal.run()).toMatchObject({ size: 6 });
    sealed.now += HOUR - 1;
    expect(await seal.run()).toMatchObject({ size: null });
    sealed.now += 1;
    expect(await seal.run()).toMatchObject({ size: 7 });
    for (const note of (await sealed.notes()).map(parseNote)) expect(note.root).toEqual(await sealed.rootAt(note.size));
  });

  it('goes on in another process, with the leaves or without, whatever became of them', async () => {
    await sealed.happen(2);
    await sealed.seal().run();
    await sealed.happen(2);
    await sealed.seal().run();
    await sealed.leaves.clear();
    await sealed.happen(2);
    await sealed.seal().run();
    const progress = (await sealed.leaves.progress())!;
    const all = await sealed.leaves.read(0, 100);
    await sealed.leaves.clear();
    // Leaves of another log.
    await sealed.leaves.append(0, all.toReversed(), progress);
    await sealed.happen(2);
    await sealed.seal().run();
    const notes = (await sealed.notes()).map(parseNote);
    expect(notes.map(({ size }) => size)).toEqual([9, 18, 27, 36]);
    for (const note of notes) expect(note.root).toEqual(await sealed.rootAt(note.size));
  });

  it('appends once of several at once, and each goes on afterwards', async () => {
    await sealed.happen(1);
    const seals = [sealed.seal(), sealed.seal(), sealed.seal()];
    const results = await Promise.all(seals.map((seal) => seal.run()));
    expect(results.filter(({ size }) => size !== null)).toHaveLength(1);
    for (const seal of seals) {
      await sealed.happen(1);
      expect((await seal.run()).size).not.toBeNull();
    }
    for (const note of (await sealed.notes()).map(parseNote)) expect(note.root).toEqual(await sealed.rootAt(note.size));
  });

  it('signs nothing that contradicts its last note', async () => {
    await sealed.happen(3);
    await sealed.seal().run();
    const before = await sealed.notes();
    // The last event of a stream and what was noted of it.
    sealed.tamper((db) => db.exec('delete from events where position = 5'));
    await sealed.leaves.clear();
    await sealed.happen(1);
    for (let time = 0; time < 2; time += 1) await expect(sealed.seal().run()).rejects.toThrow(InconsistentLogError);
    expect(await sealed.notes()).toEqual(before);
  });

  it('goes by what `…log` has said since it began: a key that was replaced and a history that is over sign nothing', async () => {
    const { keys } = sealed.test;
    const former = keys.current;
    const seal = sealed.seal();
    await sealed.happen(1);
    await seal.run();
    keys.add('two');
    await sealed.log.changeIntegrityKey('two', 'system');
    await sealed.happen(1);
    expect((await seal.run()).size).not.toBeNull();
    const stream = freshDevice();
    const place = { stream, revision: 0, historyId: sealed.log.histories.at(-1)!.historyId };
    await sealed.test.forge(stream, sealed.test.stored(issued(), { ...place, key: former }));
    await sealed.happen(1);
    expect(await seal.run()).toMatchObject({ refused: { kind: 'altered', stream: sealed.test.name(stream) } });
    await sealed.log.disown({ stream: sealed.test.name(stream), revision: 0, actor: 'operator:test' });
    expect((await seal.run()).refused).toBeNull();
    await sealed.log.restore({ refuseOlder: false, actor: 'system' });
    const other = freshDevice();
    await sealed.test.forge(other, sealed.test.stored(issued(), { ...place, stream: other }));
    expect(await seal.run()).toMatchObject({ refused: { kind: 'altered', stream: sealed.test.name(other) } });
    for (const note of (await sealed.notes()).map(parseNote)) expect(note.size).toBeGreaterThan(0);
  });

  it('stops before an event that is refused, until it is disowned', async () => {
    const seal = sealed.seal();
    await sealed.happen(1);
    const stream = freshDevice();
    const foreign = anEvent();
    await sealed.test.forge(stream, foreign);
    await sealed.happen(1);
    expect(await seal.run()).toMatchObject({ size: 5, refused: { eventId: foreign.id } });
    expect(await seal.run()).toMatchObject({ size: null, refused: { eventId: foreign.id } });
    await sealed.log.disown({ stream: sealed.test.name(stream), revision: 0, actor: 'operator:test' });
    expect(await seal.run()).toEqual({ size: 11, refused: null });
    expect(parseNote((await sealed.notes()).at(-1)!).size).toBe(11);
  });

  it('rests between pages, and ends there without a note when it is to stop; what it took in is not taken again', async () => {
    await sealed.happenAtOnce(2, 250);
    const stop = new AbortController();
    const rests: number[] = [];
    const rest = (workedMs: number): Promise<void> => {
      rests.push(workedMs);
      stop.abort();
      return Promise.resolve();
    };
    const seal = sealed.seal({ rest });
    expect(await seal.run(stop.signal)).toEqual({ size: null, refused: null });
    const taken = (await sealed.leaves.progress())!.size;
    expect(rests).toEqual([expect.any(Number)]);
    expect(taken).toBeLessThan(500);
    const { size } = await seal.run();
    expect(size).toBe((await sealed.recorded()).length - 1);
    expect(parseNote((await sealed.notes())[0]!).root).toEqual(await sealed.rootAt(size!));
  });

  it('ends as soon while it makes leaves again that were lost, and finds no fault in that', async () => {
    await sealed.happenAtOnce(2, 250);
    await sealed.seal().run();
    await sealed.leaves.clear();
    const stop = new AbortController();
    const rest = (): Promise<void> => {
      stop.abort();
      return Promise.resolve();
    };
    const seal = sealed.seal({ rest });
    expect(await seal.run(stop.signal)).toEqual({ size: null, refused: null });
    expect(await sealed.notes()).toHaveLength(1);
    await sealed.happen(1);
    const { size } = await seal.run();
    expect(parseNote((await sealed.notes())[1]!).root).toEqual(await sealed.rootAt(size!));
  });

  it('leaves events of others out', async () => {
    await sealed.test.store.append(`other-${randomUUID()}`, [anEvent()], 'no_stream');
    await sealed.happen(1);
    expect(await sealed.seal().run()).toMatchObject({ size: 5 });
  });

  it('begins a new origin once the log was restored', async () => {
    await sealed.seal().run();
    const historyId = await sealed.log.restore({ refuseOlder: false, actor: 'operator:test' });
    await sealed.seal().run();
    expect((await sealed.notes()).map((note) => parseNote(note).origin)).toEqual([
      'auth.example.com',
      `auth.example.com/${historyId}`,
    ]);
  });
});
