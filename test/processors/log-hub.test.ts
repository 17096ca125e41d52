import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../../src/compose/stores.js';
import { ForeignPositionError } from '../../src/event-store/errors.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { lagOf } from '../../src/processors/lag.js';
import { LogHub } from '../../src/processors/log-hub.js';
import { openTestLog } from '../support/embedded-stores.js';
import { BEYOND_ANY_LOG, installationFolder, openTestStores } from '../support/every-back-end.js';
import { freshDevice, rotated } from '../support/event-log/some-family.js';
import { append, userHistory, wholeLog } from '../support/history-of-events.js';
import { gate } from '../support/memory-key-store.js';

let folder: ReturnType<typeof installationFolder>;
let stores: Stores;
let log: OpenedLog;
let hub: LogHub;
let follows: number;
let defects: unknown[];
let end: AbortController;
beforeEach(async () => {
  folder = installationFolder();
  stores = await openTestStores(folder.path);
  log = await openTestLog(stores.eventStore);
  [follows, defects, end] = [0, [], new AbortController()];
  const counted = {
    end: () => log.end(),
    follow: async function* (options: Parameters<typeof log.follow>[0]) {
      follows += 1;
      try {
        yield* log.follow(options);
      } finally {
        follows -= 1;
      }
    },
  };
  hub = new LogHub({ log: counted, onDefect: (error) => defects.push(error), refusedRetryMs: 20 });
  hub.start();
});
afterEach(async () => {
  end.abort();
  await hub.stop();
  await stores.close();
  await folder.remove();
});

const NEW = { after: null, lastEvent: null };
const ids = (events: readonly LogEvent[]): string[] => events.map(({ id }) => id);

/** Reads on and on into a list; what is done with each batch ends when `handled` does. */
function reading(
  place: Parameters<LogHub['read']>[0],
  handled = Promise.resolve(),
): { readonly events: LogEvent[]; ended: Promise<void> } {
  const events: LogEvent[] = [];
  const ended = (async () => {
    for await (const batch of hub.read(place, end.signal)) {
      events.push(...batch.events);
      await handled;
    }
  })();
  return { events, ended };
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await sleep(2);
}

describe('the one subscription of a process', () => {
  it('serves readers at places of their own: each event once, in order, and in the end there is one subscription', async () => {
    const before = await append(log, userHistory([5, 5, 4]));
    const middle = before[2]!;
    const fromStart = reading(NEW);
    const fromMiddle = reading({ after: middle.position, lastEvent: { position: middle.position, eventId: middle.id } });
    await until(() => fromStart.events.length === before.length);
    const all = await append(log, userHistory([5, 5, 5]));
    await until(() => fromStart.events.length === all.length && fromMiddle.events.length === all.length - 3);
    expect(ids(fromStart.events)).toEqual(ids(all));
    expect(ids(fromMiddle.events)).toEqual(ids(all.slice(3)));
    await append(log, userHistory([5]));
    await until(() => follows === 1);
    expect(follows).toBe(1);
  });

  it('is not held up by a reader that is slow, which loses nothing', async () => {
    const { opened, open } = gate();
    const slow = reading(NEW, opened);
    const quick = reading(NEW);
    let all: readonly LogEvent[] = [];
    for (let users = 0; users < 6; users += 1) {
      all = await append(log, userHistory([5, 5, 5]));
      await until(() => quick.events.length === all.length);
    }
    expect(slow.events.length).toBeLessThan(all.length);
    open();
    await until(() => slow.events.length === all.length);
    expect(ids(slow.events)).toEqual(ids(all));
  });

  it('lets a reader that has fallen out of memory catch up by itself', async () => {
    const { opened, open } = gate();
    const slow = reading(NEW, opened);
    await until(() => slow.events.length > 0);
    // More than is kept in memory while the reader is at its first batch.
    for (let rounds = 0; rounds < 24; rounds += 1) {
      const events = Array.from({ length: 100 }, (_, generation) => rotated(generation));
      await log.append(freshDevice(), events, 'no_stream');
    }
    const all = await wholeLog(log);
    open();
    await until(() => slow.events.length === all.length);
    expect(ids(slow.events)).toEqual(ids(all));
  });

  it('refuses a reader whose last event is not that of the log', async () => {
    const [first] = await append(log, userHistory([5]));
    const wrong = { position: first!.position, eventId: '99999999-9999-4999-8999-999999999999' };
    await expect(reading({ after: first!.position, lastEvent: wrong }).ended).rejects.toThrow(ForeignPositionError);
  });

  it('gives followers what comes from now on, of the kinds they take; one that throws harms nobody', async () => {
    await until(() => hub.status().state === 'connected');
    let newest = '';
    const stopFirst = hub.follow({
      takes: { streams: ['user', 'token'] },
      on: (events) => (newest = events.at(-1)!.id),
    });
    const before = await append(log, userHistory([5]));
    // What was there before has gone by.
    await until(() => newest === before.at(-1)!.id);
    stopFirst();
    const seen: LogEvent[] = [];
    hub.follow({
      takes: { streams: ['user'] },
      on: () => {
        throw new Error('broken follower');
      },
    });
    const stop = hub.follow({
      takes: { streams: ['token'], types: ['TokenRotated'] },
      on: (events) => seen.push(...events),
    });
    await append(log, userHistory([5, 4, 5]));
    await until(() => seen.length === 2);
    expect(seen.map(({ event }) => event.type)).toEqual(['TokenRotated', 'TokenRotated']);
    expect(defects).toEqual([expect.objectContaining({ message: 'broken follower' })]);
    stop();
    await append(log, userHistory([5]));
    await sleep(20);
    expect(seen).toHaveLength(2);
  });
});

describe('S7: the lag', () => {
  const takes = { streams: ['user', 'token'] } as const;
  const lag = (checkpoint: string | null, now: number): Promise<number | null> =>
    lagOf({ log, checkpoint, takes, now: () => now });

  it('is the age of the oldest event that was not handled, however many of others stand before it', async () => {
    const foreign = { id: '00000000-0000-4000-8000-000000000001', type: 'Other', data: '{}', metadata: '{}' };
    const [opened] = await append(log, []);
    const others = Array.from({ length: 700 }, (_, index) => ({
      ...foreign,
      id: `00000000-0000-4000-8000-${index.toString().padStart(12, '0')}`,
    }));
    await stores.eventStore.append('somebody-else', others, 'no_stream');
    expect(await lag(opened!.position, 0)).toBe(0);
    const events = await append(log, userHistory([5]));
    const [oldest] = events.slice(1);
    expect(await lag(opened!.position, oldest!.occurredAt + 1_234)).toBe(1_234);
    expect(await lag(events.at(-1)!.position, Date.now())).toBe(0);
    // A clock behind that of the writer makes it no less than nothing.
    expect(await lag(null, 0)).toBe(0);
  });

  it('is unknown, not 0, for a checkpoint that is beyond the log', async () => {
    await append(log, userHistory([5]));
    expect(await lag(BEYOND_ANY_LOG, Date.now())).toBeNull();
  });
});
