import { describe, expect, it } from '@jest/globals';
import { BufferedTarget } from '../../src/processors/buffered-target.js';
import type { Changed, Placed } from '../../src/read-model/documents.js';
import { CheckpointMovedError, type ProjectedBatch } from '../../src/read-model/read-model.js';

const placed = (id: string, position: string): Placed => ({
  ...{ collection: 'streams', document: { id, userId: 'u', deviceId: id, contested: false, reused: false, position } },
});
const many = (from: number, count: number, position: string): Placed[] =>
  Array.from({ length: count }, (_, index) => placed(String(from + index), position));

/** A read model whose writes end when they are let go. */
class SlowTarget {
  readonly stored = new Map<string, Placed>();
  readonly batches: ProjectedBatch[] = [];
  /** The ids that were asked for. */
  readonly asked: string[] = [];
  version = 0;
  fails = false;
  #letGo: (() => void)[] = [];

  progress = (): Promise<never> =>
    Promise.resolve({ version: String(this.version), checkpoint: null, lastEvent: null } as never);

  load = (keys: readonly { readonly id: string }[], version: string): Promise<readonly Placed[]> => {
    if (version !== String(this.version)) return Promise.reject(new CheckpointMovedError(version, String(this.version)));
    this.asked.push(...keys.map(({ id }) => id));
    return Promise.resolve(keys.flatMap(({ id }) => this.stored.get(id) ?? []));
  };

  apply = async (batch: ProjectedBatch): Promise<string> => {
    this.batches.push(batch);
    await new Promise<void>((resolve) => this.#letGo.push(resolve));
    if (this.fails) throw new Error('full');
    if (batch.version !== String(this.version)) throw new Error('out of order');
    for (const one of batch.documents) this.stored.set(one.document.id, one);
    this.version += 1;
    return String(this.version);
  };

  letGo(): void {
    for (const resolve of this.#letGo.splice(0)) resolve();
  }
}

const batch = (documents: readonly Changed[], checkpoint: string): ProjectedBatch => ({
  ...{ documents, version: '', checkpoint, lastEvent: { position: checkpoint, eventId: checkpoint } },
});
const keys = (...ids: readonly string[]): { collection: 'streams'; id: string }[] =>
  ids.map((id) => ({ collection: 'streams', id }));

describe('BufferedTarget', () => {
  it('gives documents before they are written, while they are and afterwards, the newest of each', async () => {
    const target = new SlowTarget();
    const buffered = new BufferedTarget(target);
    await buffered.apply(batch([placed('0', '1')], '1'));
    expect(await buffered.load(keys('0', 'x'))).toEqual([placed('0', '1')]);
    await buffered.apply(batch(many(0, 1_000, '2'), '2'));
    const again = { ...placed('0', '2'), isNew: false };
    expect(target.batches).toHaveLength(1);
    await buffered.apply(batch([placed('1', '3')], '3'));
    expect(await buffered.load(keys('0', '1'))).toEqual([again, placed('1', '3')]);
    target.letGo();
    const flushed = buffered.flush();
    while (target.batches.length < 2) await new Promise(setImmediate);
    target.letGo();
    await flushed;
    // It was written in order, with the checkpoint of the last batch in each.
    expect(target.batches.map(({ checkpoint, version }) => [checkpoint, version])).toEqual([
      ['2', '0'],
      ['3', '1'],
    ]);
    expect(target.stored.get('0')).toEqual(again);
    expect(await buffered.load(keys('1', '500'))).toEqual([placed('1', '3'), placed('500', '2')]);
  });

  it('asks the read model for what was written before, and for nothing else', async () => {
    const target = new SlowTarget();
    const buffered = new BufferedTarget(target);
    for (const [from, checkpoint] of [
      [0, '1'],
      [1_000, '2'],
    ] as const) {
      await buffered.apply(batch(many(from, 1_000, checkpoint), checkpoint));
      target.letGo();
      await buffered.flush();
    }
    expect(await buffered.load(keys('0', '1999', 'never', 'written'))).toEqual([placed('1999', '2'), placed('0', '1')]);
    expect(target.asked).toEqual(['0']);
  });

  it('says that a document is new until it was written once', async () => {
    const target = new SlowTarget();
    const buffered = new BufferedTarget(target);
    const write = (isNew: boolean, position: string): Promise<string> =>
      buffered.apply(batch([{ ...placed('0', position), isNew }], position));
    const flush = async (): Promise<void> => {
      const [flushed, before] = [buffered.flush(), target.batches.length];
      while (target.batches.length === before) await new Promise(setImmediate);
      target.letGo();
      await flushed;
    };
    await write(true, '1');
    await write(false, '2');
    await flush();
    await write(false, '3');
    await flush();
    expect(target.batches.map(({ documents }) => documents)).toEqual([
      [{ ...placed('0', '2'), isNew: true }],
      [{ ...placed('0', '3'), isNew: false }],
    ]);
  });

  it('rejects what comes after a write that failed', async () => {
    const target = new SlowTarget();
    const buffered = new BufferedTarget(target);
    target.fails = true;
    await buffered.apply(batch(many(0, 1_000, '1'), '1'));
    target.letGo();
    await expect(buffered.flush()).rejects.toThrow('full');
    await expect(buffered.apply(batch(many(0, 1_000, '2'), '2'))).rejects.toThrow('full');
  });
});
