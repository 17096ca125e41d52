import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ArchiveFolder } from '../../../src/adapters/files/archives/archive-folder.js';
import { writeArchive } from '../../../src/adapters/files/archives/write-archive.js';
import type { ArchiveStep } from '../../../src/event-store/archive-draft.js';
import { ArchiveDamagedError, type Archive, type ArchiveSummary } from '../../../src/event-store/archives.js';
import type { RecordedEvent } from '../../../src/event-store/event-store.js';
import { positionOf } from '../../../src/event-store/position.js';
import { asyncly } from '../../support/archives.js';
import { anEvent } from '../../support/log-events.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** Events of some streams, in turn; some of them are longer than what is read at once. */
function someOf(streams: readonly string[], each: number, first = 0): RecordedEvent[] {
  return Array.from({ length: streams.length * each }, (_, index) => {
    const data = { text: 'ü'.repeat(index % 11 === 5 ? 90_000 : index) };
    const revision = first + Math.floor(index / streams.length);
    return { ...anEvent(data), stream: streams[index % streams.length]!, revision, position: positionOf(10 + index * 3) };
  });
}

const write = (
  events: readonly RecordedEvent[],
  onStep?: (step: ArchiveStep) => Promise<void>,
): Promise<ArchiveSummary> => {
  const draft = { before: '2026-03-01T00:00:00.000Z', events: asyncly(events) };
  return writeArchive(folder.path, draft, onStep);
};
const find = async ({ archive }: ArchiveSummary): Promise<Archive> => (await new ArchiveFolder(folder.path).find(archive))!;
const inArchive = ({ archive }: ArchiveSummary, name: string): string => path.join(folder.path, archive, name);

const STREAMS = ['t_zebra', 't_a', 't_token-ü', 't_a.b', 't_aa'];

describe('an archive', () => {
  it('gives back what was put into it, by stream and by position', async () => {
    const events = someOf(STREAMS, 12, 3);
    const summary = await write(events);
    const archive = await find(summary);
    expect(summary).toMatchObject({ events: 60, streams: 5, lastPosition: events.at(-1)!.position });
    for (const stream of STREAMS) {
      const own = events.filter((event) => event.stream === stream);
      expect(await archive.partOf(stream)).toEqual({ from: 3, before: 15 });
      expect(await archive.readStream(stream, { from: 3, before: 15 })).toEqual(own);
      expect(await archive.readStream(stream, { from: 7, before: 9 })).toEqual(own.slice(4, 6));
      expect(await archive.readStream(stream, { from: 14, before: 99 })).toEqual(own.slice(-1));
    }
    for (const stream of ['t_', 't_b', 't_zz', 't_a.']) {
      expect(await archive.partOf(stream)).toBeNull();
      expect(await archive.readStream(stream, { from: 0, before: 9 })).toEqual([]);
    }
    expect(await archive.readAll(null, 1_000, false)).toEqual(events);
    for (let position = 8; position < 10 + 61 * 3; position += 1) {
      const later = events.filter((event) => event.position > positionOf(position));
      expect(await archive.readAll(positionOf(position), 2, false)).toEqual(later.slice(0, 2));
    }
  });

  it('is for its owner alone, and says what it holds', async () => {
    const summary = await write(someOf(STREAMS, 2));
    expect(statSync(path.join(folder.path, summary.archive)).mode & 0o777).toBe(0o700);
    const names = ['events.jsonl', 'streams.jsonl', 'manifest.json'];
    expect(readdirSync(path.join(folder.path, summary.archive)).sort()).toEqual(names.toSorted());
    for (const name of names) expect(statSync(inArchive(summary, name)).mode & 0o777).toBe(0o600);
    const bytes = names.reduce((sum, name) => sum + statSync(inArchive(summary, name)).size, 0);
    expect(summary.bytes).toBe(bytes);
    expect(JSON.parse(readFileSync(inArchive(summary, 'manifest.json'), 'utf8'))).toMatchObject({
      ...{ version: 1, archive: summary.archive, events: 10, streams: 5, first_position: positionOf(10) },
      ...{ before: '2026-03-01T00:00:00.000Z' },
    });
    expect(await (await find(summary)).damages()).toEqual([]);
  });

  it('has a name that says what it holds: written again, it is the one that is there', async () => {
    const events = someOf(STREAMS, 3);
    const first = await write(events);
    expect(await write(events)).toEqual(first);
    expect(readdirSync(folder.path)).toEqual([first.archive]);
    expect((await write(events.slice(0, 5))).archive).not.toBe(first.archive);
  });

  it('is refused where a revision is left out', async () => {
    const events = someOf(['t_a'], 4).filter(({ revision }) => revision !== 2);
    await expect(write(events)).rejects.toThrow(/does not follow/);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

function asFolder(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

describe('an archive that was changed', () => {
  it.each([
    ['events.jsonl', 'events.jsonl is not as it was'],
    ['streams.jsonl', 'streams.jsonl is not as it was'],
  ])('is found by its digests: %s', async (name, said) => {
    const summary = await write(someOf(STREAMS, 3));
    appendFileSync(inArchive(summary, name), 'x');
    expect(await (await find(summary)).damages()).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    ['is not there', 'is not there', (file: string): void => rmSync(file)],
    ['is a folder', 'cannot be read (EISDIR)', asFolder],
  ])('is damaged where its file of events %s, and what can be read is nothing', async (_, said, change) => {
    const summary = await write(someOf(STREAMS, 3));
    change(inArchive(summary, 'events.jsonl'));
    const archive = await find(summary);
    expect(await archive.damages()).toEqual([`events.jsonl ${said}`]);
    await expect(archive.readAll(null, 10, false)).rejects.toThrow(ArchiveDamagedError);
    expect(await archive.readAll(null, 10, true)).toEqual([]);
  });

  it.each(['"x"', '-1', '1.5', 'null'])('is damaged where its index says that an event begins at %s', async (offset) => {
    const summary = await write(someOf(['t_a'], 3));
    const file = inArchive(summary, 'streams.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"offsets":\[\d+/, `"offsets":[${offset}`));
    await expect((await find(summary)).partOf('t_a')).rejects.toThrow('its index does not say where t_a is');
  });

  it('is damaged where its events do not stand where the index says, and where a line holds none', async () => {
    const events = someOf(['t_a', 't_b'], 3);
    const summary = await write(events);
    const lines = readFileSync(inArchive(summary, 'events.jsonl'), 'utf8').split('\n');
    lines[2] = lines[2]!.slice(5);
    writeFileSync(inArchive(summary, 'events.jsonl'), lines.join('\n'));
    const archive = await find(summary);
    await expect(archive.readStream('t_a', { from: 0, before: 3 })).rejects.toThrow(ArchiveDamagedError);
    await expect(archive.readAll(null, 10, false)).rejects.toThrow(/^archive .* is damaged: a line holds no event/);
    expect(await archive.readAll(null, 10, true)).toEqual(events.filter((_, index) => index !== 2));
  });

  it('is damaged without its manifest’s sense, and missing without its manifest', async () => {
    const summary = await write(someOf(STREAMS, 1));
    writeFileSync(inArchive(summary, 'manifest.json'), '{}');
    await expect((await find(summary)).summary()).rejects.toThrow(/no manifest of it/);
  });
});

describe('writing that is interrupted', () => {
  it.each(['begun', 'flushed', 'read_back'] as const)('leaves no archive when it fails: %s', async (at) => {
    const failing = write(someOf(STREAMS, 3), (step) =>
      step === at ? Promise.reject(new Error('stopped')) : Promise.resolve(),
    );
    await expect(failing).rejects.toThrow('stopped');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('notices what does not read back', async () => {
    const spoil = (step: ArchiveStep): Promise<void> => {
      const [temporary] = readdirSync(folder.path);
      if (step === 'flushed') appendFileSync(path.join(folder.path, temporary!, 'events.jsonl'), ' ');
      return Promise.resolve();
    };
    await expect(write(someOf(STREAMS, 3), spoil)).rejects.toThrow(ArchiveDamagedError);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('is cleared up a day later, what another process writes now is not', async () => {
    const old = path.join(folder.path, '.old.unfinished');
    for (const name of ['old', 'new']) writeFileSync(path.join(folder.path, `.${name}.unfinished`), '');
    const yesterday = Date.now() / 1_000 - 25 * 3_600;
    utimesSync(old, yesterday, yesterday);
    const { archive } = await write(someOf(STREAMS, 1));
    expect(readdirSync(folder.path).sort()).toEqual(['.new.unfinished', archive]);
  });
});
