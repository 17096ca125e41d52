/** What the adapter and the decoding step make of what operators and clusters do to EventStoreDB. Against servers of this process. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import {
  AppendTooLargeError,
  ForeignPositionError,
  StoreRefusedError,
  StreamDestroyedError,
  InvalidEventError,
} from '../../src/event-store/errors.js';
import type { EventStore, SubscribeOptions } from '../../src/event-store/event-store.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { NO_JSON } from '../support/eventstoredb/wire-events.js';
import { followUntil, readWholeLog, TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, rotated } from '../support/event-log/some-family.js';
import { anEvent, fill, freshStream, idsOf, newestOf, someEvents } from '../support/log-events.js';

let opened: OpenedServer;
let store: EventStore;
beforeEach(async () => {
  opened = await openEventStoreServer();
  store = openEventStoreDb(opened.url);
});
afterEach(async () => {
  await store.close();
  await opened.close();
});

/** What a subscription delivers up to so many events. */
async function deliver(options: Omit<SubscribeOptions, 'signal'>, howMany: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of store.subscribeToAll({ ...options, signal: AbortSignal.timeout(60_000) })) {
    ids.push(...idsOf(events));
    if (ids.length >= howMany) break;
  }
  return ids;
}

describe('E2: a right that is missing', () => {
  it('is named, whatever else still works', async () => {
    const { node } = opened.server;
    const stream = freshStream();
    await fill(store, stream, 1);
    node.denied = ['read $all'];
    for (const ask of [() => store.ping(), () => store.readAll(), () => store.readNewest()]) {
      const refused = ask();
      await expect(refused).rejects.toThrow(StoreRefusedError);
      await expect(refused).rejects.toThrow('the right to read $all is missing');
    }
    await store.append(stream, [anEvent()], 0);
    node.denied = ['read', 'append'];
    await expect(store.readStream(stream)).rejects.toThrow(`the right to read ${stream} is missing`);
    await expect(store.append(stream, [anEvent()], 1)).rejects.toThrow(`the right to append to ${stream} is missing`);
  });

  it('is reported by a subscription at once, which goes on when it is given', async () => {
    const { node } = opened.server;
    const stream = freshStream('rights');
    const [first] = await fill(store, stream, 2);
    node.denied = ['read $all'];
    const states: unknown[] = [];
    const onConnection: SubscribeOptions['onConnection'] = (state, reason) => {
      states.push(reason instanceof StoreRefusedError ? 'refused' : state);
      node.denied = [];
    };
    const ids = await deliver({ after: first!.position, streamPrefixes: [stream], onConnection }, 1);
    expect(ids).toHaveLength(1);
    expect(states).toEqual(['refused', 'connected']);
  });
});

describe('E2: a right that is taken away', () => {
  it('is reported by a subscription that had it, though the server lets that go on', async () => {
    const { node } = opened.server;
    const stream = freshStream('rights');
    const ids = idsOf(await fill(store, stream, 1));
    const states: unknown[] = [];
    let appending: Promise<unknown> = Promise.resolve();
    const onConnection: SubscribeOptions['onConnection'] = (state, reason) => {
      states.push(reason instanceof StoreRefusedError ? 'refused' : state);
      node.denied = state === 'connected' && states.length === 1 ? ['read $all'] : [];
      if (state === 'connected' && states.length > 1) appending = store.append(stream, [anEvent()], 0);
    };
    expect(await deliver({ after: null, streamPrefixes: [stream], onConnection }, 2)).toEqual([...ids, expect.any(String)]);
    await appending;
    expect(states).toEqual(['connected', 'refused', 'connected']);
  });
});

describe('E3: a tombstone', () => {
  it('is a destroyed stream to who reads or appends, and to no other stream', async () => {
    const stream = freshStream();
    await fill(store, stream, 2);
    opened.server.node.store.tombstone(stream);
    await expect(store.readStream(stream)).rejects.toThrow(StreamDestroyedError);
    await expect(newestOf(store, stream)).rejects.toMatchObject({ stream });
    for (const expected of [1, 'no_stream'] as const)
      await expect(store.append(stream, [anEvent()], expected)).rejects.toThrow(StreamDestroyedError);
    await fill(store, freshStream(), 1);
  });

  it('passes through the decoding step', async () => {
    const test = new TestLog(store);
    const log = await test.open();
    const device = freshDevice();
    await log.append(device, [issued()], 'no_stream');
    opened.server.node.store.tombstone(test.name(device));
    await expect(log.readNewest(device)).rejects.toThrow(StreamDestroyedError);
    await expect(log.append(device, [rotated(1)], 0)).rejects.toThrow(StreamDestroyedError);
  });
});

describe('a stream that was deleted softly', () => {
  it('counts as destroyed once somebody begins it again; what that left is void, and stops nobody', async () => {
    const test = new TestLog(store);
    const log = await test.open();
    const device = freshDevice();
    await log.append(device, [issued()], 'no_stream');
    await log.append(device, [rotated(1)], 0);
    await opened.server.node.store.deleteSoftly(test.name(device));
    expect(await log.readNewest(device)).toBeNull();
    await expect(log.append(device, [issued(), rotated(1)], 'no_stream')).rejects.toThrow(StreamDestroyedError);
    await expect(log.readNewest(device)).rejects.toThrow(StreamDestroyedError);
    // And again, rather than a conflict that no reading ever resolves.
    await expect(log.append(device, [issued()], 'no_stream')).rejects.toThrow(StreamDestroyedError);
    const after = issued();
    await log.append(freshDevice(), [after], 'no_stream');
    expect(await followUntil(log, after.id)).toHaveLength(3);
    expect(await readWholeLog(log)).toHaveLength(3);
    expect(await log.readStream(device)).toEqual([]);
    expect(test.refused).toEqual([]);
    expect(test.skipped).toEqual([`void token-${device.userId}.${device.deviceId}`]);
  });

  it('is distinguished from an event that was copied to the end of its stream', async () => {
    const test = new TestLog(store);
    const log = await test.open();
    const device = freshDevice();
    await log.append(device, [issued()], 'no_stream');
    const [first] = await test.recorded(device);
    await test.forge(device, { ...first! });
    await expect(log.readNewest(device)).rejects.toMatchObject({ kind: 'altered', revision: 1 });
  });

  it('that reads empty and refuses to be new counts as destroyed', async () => {
    const test = new TestLog(store);
    const device = freshDevice();
    await (await test.open()).append(device, [issued()], 'no_stream');
    const emptied = Object.create(store, {
      readStream: {
        value: (stream: string, options: object) =>
          stream === test.name(device) ? Promise.resolve([]) : store.readStream(stream, options),
      },
    }) as EventStore;
    Object.assign(emptied, { append: store.append.bind(store) });
    const log = await test.open({ store: emptied });
    expect(await log.readNewest(device)).toBeNull();
    await expect(log.append(device, [issued()], 'no_stream')).rejects.toThrow(StreamDestroyedError);
  });
});

describe('E4: a scavenge', () => {
  it('of the event at which a reader had stopped, and of the next, loses nothing of what survived', async () => {
    const prefix = freshStream('scavenged');
    const recorded = await fill(store, `${prefix}-a`, 6);
    const third = recorded[2];
    // Its positions are those of the store behind the server.
    const behind = await opened.store.readStream(`${prefix}-a`, { from: 2, maxCount: 2 });
    opened.server.node.store.scavenge(...behind.map(({ position }) => position));
    const lastEvent = { position: third!.position, eventId: third!.id };
    const options = { after: third!.position, lastEvent, streamPrefixes: [prefix] };
    expect(await deliver(options, 2)).toEqual(idsOf(recorded.slice(4)));
    expect(await store.holds(lastEvent)).toBe(true);
    expect(idsOf(await store.readAll({ after: third!.position, maxCount: 2 }))).toEqual(idsOf(recorded.slice(4)));
    const later = await store.append(`${prefix}-b`, [anEvent()], 'no_stream');
    expect(later.revision).toBe(0);
    expect(await deliver(options, 3)).toHaveLength(3);
  });

  it('is distinguished from another log: another event there, or an end before it, or no place at all', async () => {
    const prefix = freshStream('another');
    const [first] = await fill(store, prefix, 3);
    const newest = (await store.readNewest())!;
    const beyond = newest.position.replaceAll(/\b\d\d/g, '01');
    const between = first!.position.replaceAll(/\d\b/g, (digit) => (digit === '0' ? '1' : '0'));
    for (const lastEvent of [
      { position: first!.position, eventId: randomUUID() },
      { position: beyond, eventId: newest.id },
      { position: between, eventId: first!.id },
    ]) {
      expect(await store.holds(lastEvent)).toBe(false);
      const options = { after: lastEvent.position, lastEvent, streamPrefixes: [prefix] };
      await expect(deliver(options, 1)).rejects.toThrow(ForeignPositionError);
    }
  });
});

describe('what the server holds of others', () => {
  it('is read as it is, as far as the client keeps it, where it is no JSON of the kind that this project writes', async () => {
    const stream = freshStream();
    const texts = [NO_JSON, '{broken}', '{"a":0.5}', '[1,2]', '"text"', '7', ''];
    const written = texts.map((text) => ({ ...anEvent(), data: text, metadata: text === NO_JSON ? '{}' : text }));
    await opened.store.append(stream, written, 'no_stream', { anyText: true });
    const read = await store.readStream(stream);
    expect(read.map(({ data }) => data)).toEqual([NO_JSON, '{broken}', '{"a":0.5}', '[1,2]', 'text', '7', '']);
    expect(read.map(({ metadata }) => metadata)).toEqual(['{}', '{broken}', '{"a":0.5}', '[1,2]', 'text', '7', '']);
  });

  it('is appended and read again as it was, whatever texts it holds', async () => {
    const stream = freshStream();
    const texts = ['', '{ "x": 1.50 }', '[1,2]', 'not json', '{"b":1,"a":2}', '{"a":1}', '7', 'ünicöde', '\ufefftext'];
    const written = texts.flatMap((text, index) => [
      { ...anEvent(), data: text },
      { ...anEvent(), data: text, metadata: text },
      { ...anEvent(), data: texts.at(index - 1)!, metadata: text },
    ]);
    await store.append(stream, written, 'no_stream', { anyText: true });
    expect((await store.readStream(stream)).map(({ data, metadata }) => ({ data, metadata }))).toEqual(
      written.map(({ data, metadata }) => ({ data, metadata })),
    );
    await expect(store.append(freshStream(), [{ ...anEvent(), data: '[1,2]' }], 'no_stream')).rejects.toThrow(
      InvalidEventError,
    );
  });

  it('is passed over to find the newest event, however much it is', async () => {
    const [event] = await fill(store, freshStream(), 1);
    for (let time = 0; time < 5; time += 1) await opened.store.append(`$stats-${time}`, someEvents(40), 'no_stream');
    expect(await store.readNewest()).toEqual(event);
  });
});

describe('a newer server', () => {
  it('E6: that bounds single events refuses one that is too large as too large', async () => {
    opened.server.node.maxEventBytes = 1_000;
    const large = anEvent({ text: 'x'.repeat(2_000) });
    await expect(store.append(freshStream(), [large], 'no_stream')).rejects.toThrow(AppendTooLargeError);
    await fill(store, freshStream(), 1);
  });
});
