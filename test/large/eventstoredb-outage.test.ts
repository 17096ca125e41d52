/** What the adapter does when EventStoreDB or the way to it fails. Against a server of this process, behind a proxy. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { chanceOf } from '../support/chance.js';
import { startChild } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { startEventStoreServer } from '../support/eventstoredb/event-store-server.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { anEvent, appendNext, fill, freshStream, idsOf, someEvents } from '../support/log-events.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const BOUND_MS = 9_000;

let opened: OpenedServer;
let proxy: TcpProxy;
let store: EventStore;
beforeEach(async () => {
  opened = await openEventStoreServer();
  proxy = await TcpProxy.before(opened.server.port);
  store = openEventStoreDb(`esdb://127.0.0.1:${proxy.port}?tls=false`);
});
afterEach(async () => {
  await store.close();
  await proxy.refuse();
  await opened.close();
});

describe('an append whose answer was lost', () => {
  /** Cuts the connections when the next so many appends are stored and not answered yet. */
  function loseAnswers(howMany: number, meanwhile: () => Promise<unknown> = () => Promise.resolve()): { lost: number } {
    const counted = { lost: 0 };
    opened.server.node.afterAppend = async () => {
      if (counted.lost === howMany) return;
      counted.lost += 1;
      if (counted.lost === 1) await meanwhile();
      proxy.cut();
    };
    return counted;
  }

  it.each([1, 3])('%d times is answered all the same, and its events are there once', async (times) => {
    const stream = freshStream();
    await fill(store, stream, 2);
    const counted = loseAnswers(times);
    const events = someEvents(3);
    const answer = await store.append(stream, events, 1);
    expect(counted.lost).toBe(times);
    const recorded = await store.readStream(stream);
    expect(idsOf(recorded.slice(2))).toEqual(idsOf(events));
    expect(recorded).toHaveLength(5);
    expect(answer).toEqual({ revision: 4, position: recorded[4]!.position });
  });

  it('is answered as its own also if others have appended since', async () => {
    const stream = freshStream();
    const event = anEvent();
    const other = anEvent();
    loseAnswers(1, () => opened.store.append(stream, [other], 0));
    const answer = await store.append(stream, [event], 'no_stream');
    const recorded = await store.readStream(stream);
    expect(idsOf(recorded)).toEqual([event.id, other.id]);
    expect(answer).toEqual({ revision: 0, position: recorded[0]!.position });
  });
});

describe.each<readonly [string, { down: () => Promise<void> | void; back: () => Promise<void> }]>([
  ['refuses connections', { down: () => proxy.refuse(), back: () => proxy.listen() }],
  ['does not answer any more', { down: () => proxy.fallSilent(), back: () => proxy.refuse().then(() => proxy.listen()) }],
])('a server that %s', (_, { down, back }) => {
  async function expectUnavailable(): Promise<void> {
    const began = performance.now();
    const results = await Promise.allSettled([
      store.append(freshStream(), someEvents(1), 'no_stream'),
      store.append(freshStream(), someEvents(1), 'no_stream'),
      store.readStream(freshStream()),
      store.readStream(freshStream(), { direction: 'backwards', maxCount: 1 }),
      store.readAll(),
      store.ping(),
    ]);
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailableError', store: 'event store' } });
    }
  }

  async function expectRecovery(): Promise<void> {
    const began = performance.now();
    const isBack = async (): Promise<boolean> => {
      try {
        await store.ping();
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailableError);
        return false;
      }
    };
    while (!(await isBack())) expect(performance.now() - began).toBeLessThan(BOUND_MS);
    const stream = freshStream();
    await fill(store, stream, 2);
    expect(await store.readStream(stream)).toHaveLength(2);
  }

  it('is answered in bounded time, whatever it is asked, and service resumes by itself', async () => {
    await store.ping();
    await down();
    await expectUnavailable();
    await back();
    await expectRecovery();
  });

  it('is answered in bounded time also if it was never there', async () => {
    await down();
    await expectUnavailable();
    await back();
    await expectRecovery();
  });
});

describe('a cluster that is silent', () => {
  it('is answered in bounded time, though the client looks for its leader for minutes', async () => {
    proxy.fallSilent();
    const cluster = openEventStoreDb(`esdb://127.0.0.1:${proxy.port},localhost:${proxy.port}?tls=false`);
    const began = performance.now();
    await expect(cluster.append(freshStream(), someEvents(1), 'no_stream')).rejects.toThrow(StoreUnavailableError);
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    await cluster.close();
  });
});

describe('a subscription', () => {
  const APPENDS = 300;

  it('whose connection is cut again and again delivers everything once, in order', async () => {
    const prefix = freshStream('cut');
    const end = new AbortController();
    const seen: string[] = [];
    let atCut = -1;
    const cutting = setInterval(() => {
      // Or it would be cut for ever before it has begun.
      if (seen.length === atCut) return;
      atCut = seen.length;
      proxy.cut();
    }, 150);
    // Appended beside the proxy, so that this goes on.
    const appending = (async () => {
      const ids: string[] = [];
      for (let count = 0; count < APPENDS; count += 1) {
        const event = anEvent();
        ids.push(event.id);
        await appendNext(opened.store, `${prefix}-${count % 3}`, [event]);
        await sleep(5);
      }
      return ids;
    })();
    try {
      for await (const { events } of store.subscribeToAll({ after: null, streamPrefixes: [prefix], signal: end.signal })) {
        seen.push(...idsOf(events));
        if (seen.length >= APPENDS) end.abort();
      }
    } finally {
      clearInterval(cutting);
    }
    expect(seen).toEqual(await appending);
  });

  it('outlives a server that goes and comes back', async () => {
    const stream = freshStream('restart');
    const end = new AbortController();
    const seen: string[] = [];
    const subscribed = (async () => {
      for await (const { events } of store.subscribeToAll({ after: null, streamPrefixes: [stream], signal: end.signal })) {
        seen.push(...idsOf(events));
        if (seen.length === 4) end.abort();
      }
    })();
    const before = await fill(store, stream, 2);
    while (seen.length < 2) await sleep(5);
    opened.server.stop();
    const [during, after] = someEvents(2);
    await opened.store.append(stream, [during!], 1);
    await sleep(500);
    const again = await startEventStoreServer(opened.store, { port: opened.server.port });
    await eventually('it is answered again', async () => {
      try {
        await store.append(stream, [after!], 2);
        return true;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        return false;
      }
    });
    await subscribed;
    again.stop();
    expect(seen).toEqual(idsOf([...before, during!, after!]));
  });
});

it('a process under load outlives its server being cut off ten times, and loses nothing it was answered', async () => {
  const program = new URL('../support/eventstoredb/appending-client.js', import.meta.url);
  const child = startChild(program, `esdb://127.0.0.1:${proxy.port}?tls=false`);
  await child.says('\n');
  const answered = (): string[] => child.output().split('\n').slice(0, -1);
  const chance = chanceOf('cuts under load');
  for (let time = 0; time < 10; time += 1) {
    await proxy.refuse();
    await sleep(chance() * 150);
    await proxy.listen();
    const before = answered().length;
    while (answered().length < before + 20 && child.process.exitCode === null) await sleep(10);
    expect(child.process.exitCode).toBeNull();
  }
  child.process.kill('SIGKILL');
  await child.ended;
  const recorded = await opened.store.readAll({ maxCount: 1_000_000 });
  const ids = idsOf(recorded);
  expect(new Set(ids).size).toBe(ids.length);
  expect(answered().filter((id) => !ids.includes(id))).toEqual([]);
});
