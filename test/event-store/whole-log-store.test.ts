/** The log and its archives read as one: whatever is asked, the answer is that of the log from which nothing was removed. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ArchiveFolder } from '../../src/adapters/files/archives/archive-folder.js';
import { ArchiveMissingError } from '../../src/event-store/archives.js';
import { ForeignPositionError } from '../../src/event-store/errors.js';
import type { EventStore, ReadStreamOptions, RecordedEvent } from '../../src/event-store/event-store.js';
import { WholeLogStore } from '../../src/event-store/whole-log-store.js';
import { allEvents, archiveRaw } from '../support/archives.js';
import { chanceOf } from '../support/chance.js';
import { openEmbeddedStores, type EmbeddedStores } from '../support/embedded-stores.js';
import { appendNext, someEvents } from '../support/log-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PREFIX = 't_';
const STREAMS = ['t_a', 't_b', 't_c', 't_d'];

let folder: ReturnType<typeof temporaryFolder>;
let stores: EmbeddedStores;
let store: EventStore;
let whole: EventStore;
let archives: string;
beforeEach(async () => {
  folder = temporaryFolder();
  archives = path.join(folder.path, 'archives');
  stores = await openEmbeddedStores(folder.path);
  store = stores.eventStore;
  whole = new WholeLogStore(store, new ArchiveFolder(archives), PREFIX);
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

/** Archives the beginnings of streams and removes them. */
async function archive(streams: readonly { readonly stream: string; readonly before: number }[]): Promise<string> {
  const { archive: name } = await archiveRaw(store, { prefix: PREFIX, folder: archives, streams });
  for (const { stream, before } of streams) await store.truncateStream(stream, before);
  return name;
}

/** Where each stream could be cut, anywhere before its newest event. */
async function someCuts(pick: (below: number) => number): Promise<{ stream: string; before: number }[]> {
  const cuts = [];
  for (const stream of STREAMS) {
    const events = await store.readStream(stream);
    const [oldest] = events;
    if (oldest === undefined) continue;
    const before = oldest.revision + pick(events.length);
    if (before > oldest.revision) cuts.push({ stream, before });
  }
  return cuts;
}

async function delivered(from: EventStore, after: RecordedEvent | null, last: string): Promise<RecordedEvent[]> {
  const end = new AbortController();
  const events: RecordedEvent[] = [];
  const place = {
    after: after?.position ?? null,
    lastEvent: after === null ? null : { position: after.position, eventId: after.id },
  };
  for await (const batch of from.subscribeToAll({ ...place, signal: end.signal })) {
    events.push(...batch.events);
    if (batch.events.some(({ id }) => id === last)) end.abort();
  }
  return events;
}

describe('a log of which parts are in archives', () => {
  it('reads as if nothing had been removed: streams both ways, pages of the log, subscriptions from anywhere', async () => {
    const chance = chanceOf('whole log');
    const pick = (below: number): number => Math.floor(chance() * below);
    let log: RecordedEvent[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (let appends = 0; appends < 8; appends += 1)
        await appendNext(store, STREAMS[pick(STREAMS.length)]!, someEvents(1 + pick(4)));
      const cuts = await someCuts(pick);
      // What was there before is what must be there after.
      const before = await allEvents(whole);
      if (cuts.length > 0) await archive(cuts);
      log = [...(await allEvents(whole))];
      expect(log.slice(0, before.length)).toEqual(before);
      expect(log.length).toBe(before.length + (cuts.length > 0 ? 1 : 0));
    }
    expect((await allEvents(store)).length).toBeLessThan(log.length);
    expect(log.map(({ position }) => position)).toEqual(log.map(({ position }) => position).toSorted());

    for (const stream of STREAMS) {
      const all = log.filter((event) => event.stream === stream);
      expect(all.map(({ revision }) => revision)).toEqual(all.map((_, index) => index));
      for (let tries = 0; tries < 15; tries += 1) {
        const [from, maxCount] = [pick(all.length + 2), 1 + pick(all.length + 2)];
        const forwards = await whole.readStream(stream, { from, maxCount });
        expect(forwards).toEqual(all.slice(from, from + maxCount));
        const options: ReadStreamOptions = { direction: 'backwards', from, maxCount };
        expect(await whole.readStream(stream, options)).toEqual(
          all
            .slice(0, from + 1)
            .toReversed()
            .slice(0, maxCount),
        );
      }
      expect(await whole.readStream(stream, { direction: 'backwards', maxCount: 1 })).toEqual(all.slice(-1));
    }
    for (let tries = 0; tries < 10; tries += 1) {
      const [after, maxCount] = [pick(log.length), 1 + pick(20)];
      const { position } = log[after]!;
      expect(await whole.readAll({ after: position, maxCount })).toEqual(log.slice(after + 1, after + 1 + maxCount));
    }
    const last = log.at(-1)!.id;
    expect(await delivered(whole, null, last)).toEqual(log);
    for (let tries = 0; tries < 3; tries += 1) {
      const after = pick(log.length - 1);
      expect(await delivered(whole, log[after]!, last)).toEqual(log.slice(after + 1));
    }
  });

  it('goes on with new events when a subscription has come through the archives', async () => {
    await store.append('t_a', someEvents(5), 'no_stream');
    await archive([{ stream: 't_a', before: 3 }]);
    const mark = someEvents(1);
    const following = delivered(whole, null, mark[0]!.id);
    await store.append('t_b', mark, 'no_stream');
    expect((await following).map(({ stream, revision }) => `${stream} ${revision}`)).toEqual([
      ...[0, 1, 2, 3, 4].map((revision) => `t_a ${revision}`),
      't_log 0',
      't_b 0',
    ]);
  });

  it('is another log where the last event of a subscriber is not what it was', async () => {
    await store.append('t_a', someEvents(5), 'no_stream');
    const [first] = await store.readStream('t_a');
    await archive([{ stream: 't_a', before: 3 }]);
    const beyond = { position: first!.position.replace(/.$/, '9'), eventId: first!.id };
    const reading = whole.subscribeToAll({
      ...{ after: null, lastEvent: beyond, signal: AbortSignal.timeout(60_000) },
    });
    await expect(reading[Symbol.asyncIterator]().next()).rejects.toThrow(ForeignPositionError);
  });
});

describe('an archive that is not there', () => {
  let all: readonly RecordedEvent[];
  let name: string;
  beforeEach(async () => {
    await store.append('t_a', someEvents(6), 'no_stream');
    await store.append('t_b', someEvents(2), 'no_stream');
    all = await store.readStream('t_a');
    name = await archive([{ stream: 't_a', before: 4 }]);
    renameSync(archives, path.join(folder.path, 'elsewhere'));
  });

  it('is named by each reader that needs it', async () => {
    for (const reading of [
      whole.readStream('t_a'),
      whole.readStream('t_a', { from: 3, maxCount: 1 }),
      whole.readStream('t_a', { direction: 'backwards' }),
      whole.readAll(),
    ])
      await expect(reading).rejects.toMatchObject({ archive: name, message: expect.stringContaining(name) });
    const reading = whole.subscribeToAll({ after: null, signal: AbortSignal.timeout(60_000) });
    const missing = reading[Symbol.asyncIterator]().next();
    await expect(missing).rejects.toThrow(ArchiveMissingError);
    // The event store itself answers.
    await expect(missing).rejects.toThrow(/^events were moved to archive/);
  });

  it('is nothing to who reads behind it, or other streams', async () => {
    expect(await whole.readStream('t_a', { from: 4 })).toEqual(all.slice(4));
    expect(await whole.readStream('t_a', { direction: 'backwards', maxCount: 2 })).toEqual(all.slice(4).toReversed());
    expect(await whole.readStream('t_b')).toHaveLength(2);
    const [named] = await whole.readStream('t_log');
    expect(await whole.readAll({ after: named!.position })).toEqual([]);
  });

  it('is nothing to who begins behind the newest event in it, though before the log names it', async () => {
    const last = all[3]!;
    const behind = (await store.readAll()).map(({ id }) => id);
    expect((await whole.readAll({ after: last.position })).map(({ id }) => id)).toEqual(behind);
    expect((await delivered(whole, last, behind.at(-1)!)).map(({ id }) => id)).toEqual(behind);
    await expect(whole.readAll({ after: all[2]!.position })).rejects.toThrow(ArchiveMissingError);
    const { position, id: eventId } = all[2]!;
    const place = { after: position, lastEvent: { position, eventId } };
    const reading = whole.subscribeToAll({ ...place, signal: AbortSignal.timeout(60_000) });
    await expect(reading[Symbol.asyncIterator]().next()).rejects.toThrow(ArchiveMissingError);
  });

  it('is needed up to where the log names it, once the log goes on in another store, and where the log says no other place', async () => {
    const [named] = await store.readStream('t_log');
    const after = all[3]!.position;
    await appendNext(store, 't_log', [{ ...someEvents(1)[0]!, type: 'LogRestored' }]);
    await expect(whole.readAll({ after })).rejects.toThrow(ArchiveMissingError);
    expect(await whole.readAll({ after: named!.position })).toHaveLength(1);
    for (const last of [undefined, 7, '', '0', `${all[3]!.position}/${all[3]!.position}`, '9'.repeat(20)]) {
      const data = JSON.stringify({ archive: `a${String(last)}`, streams: [{ stream: 't_a', before: 4 }], last });
      await appendNext(store, 't_log', [{ ...someEvents(1)[0]!, type: 'EventsArchived', data }]);
      const [newest] = await store.readStream('t_log', { direction: 'backwards', maxCount: 1 });
      const before = (await store.readAll()).at(-2)!;
      await expect(whole.readAll({ after: before.position })).rejects.toThrow(ArchiveMissingError);
      expect(await whole.readAll({ after: newest!.position })).toEqual([]);
    }
  });

  it('leaves out its events where that is asked for, and shows them when it is there again', async () => {
    for (const archived of ['if_there', 'left_out'] as const) {
      expect(await whole.readStream('t_a', { archived })).toEqual(all.slice(4));
      expect(await whole.readStream('t_a', { archived, direction: 'backwards' })).toEqual(all.slice(4).toReversed());
      expect(await whole.readAll({ archived })).toHaveLength(5);
    }
    renameSync(path.join(folder.path, 'elsewhere'), archives);
    expect(await whole.readStream('t_a')).toEqual(all);
    expect(await whole.readStream('t_a', { archived: 'left_out' })).toEqual(all.slice(4));
    expect(await whole.readAll()).toHaveLength(9);
  });
});

describe('archives that the log does not need', () => {
  it('do not count: an imported log holds all of them, and needs none', async () => {
    await store.append('t_a', someEvents(6), 'no_stream');
    // Named and nothing removed: as after an import, and as after a crash.
    await archiveRaw(store, { prefix: PREFIX, folder: archives, streams: [{ stream: 't_a', before: 4 }] });
    const all = await allEvents(store);
    expect(await allEvents(whole)).toEqual(all);
    rmSync(archives, { recursive: true });
    expect(await allEvents(whole)).toEqual(all);
    expect(await whole.readStream('t_a')).toHaveLength(6);
  });

  it('give way to a later one that holds the same', async () => {
    await store.append('t_a', someEvents(6), 'no_stream');
    const all = await store.readStream('t_a');
    await archiveRaw(store, { prefix: PREFIX, folder: archives, streams: [{ stream: 't_a', before: 3 }] });
    await archive([{ stream: 't_a', before: 5 }]);
    expect(readdirSync(archives)).toHaveLength(2);
    expect(await whole.readStream('t_a')).toEqual(all);
    expect((await allEvents(whole)).filter(({ stream }) => stream === 't_a')).toEqual(all);
  });

  it('are never looked for under a name that leads elsewhere', async () => {
    const found = new ArchiveFolder(archives);
    for (const name of ['..', '.', '', 'a/b', '../archives', 'x'.repeat(200)]) expect(await found.find(name)).toBeNull();
  });
});
