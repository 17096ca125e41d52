import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { exportLog } from '../../src/audit/export-log.js';
import { importLog } from '../../src/audit/import-log.js';
import { verify, type VerifyReport } from '../../src/audit/verify.js';
import { AuthenticLog } from '../../src/event-store/authentic-log.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { freshDevice } from '../support/event-log/some-family.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { anEvent } from '../support/log-events.js';
import { openSealedLog, type SealedLog } from '../support/sealed-log.js';

const ALL = { from: null, to: null };

describe('a log that moves between the stores', () => {
  let source: SealedLog;
  let server: OpenedServer;
  let store: EventStore;
  beforeEach(async () => {
    source = await openSealedLog();
    server = await openEventStoreServer();
    store = openEventStoreDb(server.url);
    await source.happen(5);
    await source.seal().run();
    await source.happen(2);
  });
  afterEach(async () => {
    await store.close();
    await server.close();
    await source.close();
  });

  const linesOf = async (from: EventStore): Promise<string[]> => {
    const lines: string[] = [];
    const log = new AuthenticLog({ store: from, prefix: source.test.prefix, keys: source.test.keys });
    for await (const line of exportLog(log, ALL)) lines.push(JSON.stringify(line));
    return lines;
  };
  async function* linesFrom(lines: readonly string[]): AsyncGenerator<string, void, undefined> {
    yield* lines;
    await Promise.resolve();
  }
  const importInto = (to: EventStore, lines: readonly string[]): Promise<number> =>
    importLog({
      ...{ store: to, prefix: source.test.prefix, keys: source.test.keys, atOnce: 1 },
      lines: () => linesFrom(lines),
    });
  const verified = async (of: EventStore): Promise<VerifyReport> =>
    verify({
      ...{ store: of, prefix: source.test.prefix, keys: source.test.keys, leaves: source.leaves, mark: null },
      ...{ noteKeys: [source.noteKey], against: [{ name: 'kept', text: (await source.notes())[0]! }] },
    });
  const withoutPositions = (lines: readonly string[]): unknown[] =>
    lines.map((line) => ({ ...(JSON.parse(line) as object), position: null }));

  it('keeps everything, there and back, and its notes stay valid', async () => {
    const exported = await linesOf(source.test.store);
    expect(await importInto(store, exported)).toBe(exported.length);
    expect(await verified(store)).toMatchObject({ ok: true, events: 30, sealed_up_to: 21, checkpoints: 1 });
    const again = await linesOf(store);
    expect(withoutPositions(again)).toEqual(withoutPositions(exported));
    const second = await openSealedLog();
    expect(await importInto(second.test.store, again)).toBe(exported.length);
    expect(await verified(second.test.store)).toMatchObject({ ok: true, sealed_up_to: 21 });
    await second.close();
  });

  it('takes along what somebody else has written and an operator has disowned, whatever texts that holds', async () => {
    const { test, log } = source;
    const texts = [
      ['{ "x": 1.50 }', '{}'],
      ['[1,2]', '[]'],
      ['not json', 'nor this'],
      ['', ''],
      ['{"b":1,"a":{"d":1,"c":"\\ud800"}}', '{ "b": 1, "a": 2 }'],
      [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, '1e999'],
    ];
    for (const [data = '', metadata = ''] of texts) {
      const stream = freshDevice();
      const foreign = { ...anEvent(), data, metadata };
      await test.store.append(test.name(stream), [foreign], 'no_stream', { anyText: true });
      await log.disown({ stream: test.name(stream), revision: 0, actor: 'operator:ada' });
    }
    await source.seal().run();
    const exported = await linesOf(test.store);
    expect(await importInto(store, exported)).toBe(exported.length);
    const again = await linesOf(store);
    expect(withoutPositions(again)).toEqual(withoutPositions(exported));
    expect(await verified(store)).toMatchObject({ ok: true, disowned: texts.length });
  });

  it('is refused before anything is appended where no store takes what somebody else has written', async () => {
    const { test, log } = source;
    const stream = freshDevice();
    await test.store.append(test.name(stream), [anEvent()], 'no_stream');
    source.tamper((db) =>
      db
        .prepare('update events set data = ? where position = (select max(position) from events)')
        .run('x'.repeat(1_100_000)),
    );
    await log.disown({ stream: test.name(stream), revision: 0, actor: 'operator:ada' });
    await expect(importInto(store, await linesOf(test.store))).rejects.toThrow('cannot be stored');
    expect(await store.readNewest()).toBeNull();
  });

  it('is found to be tampered with at an EventStoreDB too', async () => {
    const exported = await linesOf(source.test.store);
    await importInto(store, exported);
    const stream = source.test.name(freshDevice());
    await store.append(stream, [anEvent()], 'no_stream');
    expect((await verified(store)).findings).toMatchObject([{ kind: 'inserted', stream, revision: 0 }]);
  });

  it('is not imported in another order than that of the log', async () => {
    const exported = await linesOf(source.test.store);
    const streamOf = (line: string): unknown => (JSON.parse(line) as { readonly stream: unknown }).stream;
    const at = exported.findIndex((line, index) => index > 0 && streamOf(line) !== streamOf(exported[index - 1]!));
    const swapped = exported.with(at, exported[at + 1]!).with(at + 1, exported[at]!);
    await expect(importInto(store, swapped)).rejects.toThrow('positions must grow from line to line');
    expect(await store.readNewest()).toBeNull();
  });

  it('is not imported into a log that is not empty', async () => {
    const exported = await linesOf(source.test.store);
    await importInto(store, exported);
    await expect(importInto(store, exported)).rejects.toThrow('not empty');
  });
});
