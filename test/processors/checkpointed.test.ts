import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEvent } from '../../src/event-store/event-log.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { checkpointed } from '../../src/processors/checkpointed.js';
import type { Checkpoints } from '../../src/processors/ports.js';
import { UnappliedEventError } from '../../src/processors/processor.js';
import { unappliedEvent } from '../../src/processors/project-batch.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { openEmbeddedStores, openTestLog, type EmbeddedStores } from '../support/embedded-stores.js';
import { append, userHistory } from '../support/history-of-events.js';
import { run } from '../support/running-processor.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let stores: EmbeddedStores;
let log: OpenedLog;
beforeEach(async () => {
  folder = temporaryFolder();
  stores = await openEmbeddedStores(folder.path);
  log = await openTestLog(stores.eventStore);
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

const takes = { streams: ['token'] } as const;
const CRASH = new StoreUnavailableError('read model', 'crashed');

/** A processor that notes what it acts on, and crashes where it is asked to. */
function noting(
  seen: string[],
  crash: { before?: number; after?: number; atStore?: number } = {},
  checkpoints?: Checkpoints,
) {
  let [acts, storings] = [0, 0];
  const target = checkpoints ?? stores.checkpoints;
  return checkpointed({
    ...{ name: 'noting', takes },
    checkpoints: {
      load: (name) => target.load(name),
      store: (...stored) => {
        storings += 1;
        return storings === crash.atStore ? Promise.reject(CRASH) : target.store(...stored);
      },
    },
    act: (event: LogEvent) => {
      acts += 1;
      if (acts === crash.before) return Promise.reject(CRASH);
      seen.push(event.id);
      return acts === crash.after ? Promise.reject(CRASH) : Promise.resolve();
    },
  });
}

const tokens = (events: readonly LogEvent[]): string[] =>
  events.filter(({ stream }) => stream.kind === 'token').map(({ id }) => id);
/** The first time that each was seen. */
const firsts = (seen: readonly string[]): string[] => [...new Set(seen)];

describe('a processor with a checkpoint', () => {
  it.each([
    ['before it acts', { before: 3 }, 0],
    ['after it acted', { after: 3 }, 1],
    ['when it stores its place', { atStore: 1 }, 4],
  ])('that crashes %s sees every event in order, and again only what was not stored', async (_, crash, again) => {
    const events = await append(log, userHistory([5, 5, 5]));
    const [wanted, last] = [tokens(events), events.at(-1)!.position];
    const seen: string[] = [];
    const processor = run(noting(seen, crash), log);
    while (firsts(seen).length < wanted.length) await sleep(5);
    await processor.reachesPosition(last);
    await processor.stop();
    expect(firsts(seen)).toEqual(wanted);
    expect(seen.length - wanted.length).toBe(again);
  });

  it('goes on from its place when it is started again', async () => {
    const seen: string[] = [];
    const first = await append(log, userHistory([5]));
    const one = run(noting(seen), log);
    await one.reachesPosition(first.at(-1)!.position);
    await one.stop();
    const all = await append(log, userHistory([5]));
    const two = run(noting(seen), log);
    await two.reachesPosition(all.at(-1)!.position);
    await two.stop();
    expect(seen).toEqual(tokens(all));
  });

  it('run by two holders at once does everything, at most twice, and both go on', async () => {
    const [one, other]: [string[], string[]] = [[], []];
    const both = [run(noting(one), log), run(noting(other), log)];
    let all: readonly LogEvent[] = [];
    for (let users = 0; users < 3; users += 1) {
      all = await append(log, userHistory([5, 5]));
      for (const holder of both) await holder.reachesPosition(all.at(-1)!.position);
    }
    for (const holder of both) await holder.stop();
    expect([...new Set([...one, ...other])].sort()).toEqual([...tokens(all)].sort());
    expect(one.length + other.length).toBeLessThanOrEqual(2 * tokens(all).length);
    for (const holder of both) expect(holder.states.map(({ state }) => state)).not.toContain('failed');
  });

  it('stops at an event that can never be handled', async () => {
    const events = await append(log, userHistory([5]));
    const culprit = events.find(({ event }) => event.type === 'TokenRotated')!;
    const processor = checkpointed({
      ...{ name: 'strict', takes, checkpoints: stores.checkpoints },
      act: (event) =>
        event.id === culprit.id
          ? Promise.reject(new UnappliedEventError(unappliedEvent(event, new TypeError('secret'))))
          : Promise.resolve(),
    });
    const running = run(processor, log);
    const { failure } = await running.reaches('failed');
    expect(failure).toMatchObject({ eventId: culprit.id, reason: 'defect: TypeError' });
    expect((await stores.checkpoints.load('strict'))!.position < culprit.position).toBe(true);
    await running.stop();
  });

  it('writes nothing for events that it does not take', async () => {
    let stored = 0;
    const counting: Checkpoints = {
      load: (name) => stores.checkpoints.load(name),
      store: (...next) => {
        stored += 1;
        return stores.checkpoints.store(...next);
      },
    };
    const processor = run(noting([], {}, counting), log);
    const ofUser = userHistory([8, 8, 7]).filter(({ stream }) => stream.kind === 'user');
    const events = await append(log, ofUser);
    await processor.reachesPosition(events.at(-1)!.position);
    expect(stored).toBe(0);
    await processor.stop();
  });

  it('begins where it is said to when it has no place yet', async () => {
    const before = await append(log, userHistory([5]));
    const seen: string[] = [];
    const processor = checkpointed({
      ...{ name: 'late', takes, checkpoints: stores.checkpoints, whenNew: () => log.end() },
      act: (event) => Promise.resolve(void seen.push(event.id)),
    });
    const running = run(processor, log);
    await running.reaches('running');
    const all = await append(log, userHistory([5]));
    await running.reachesPosition(all.at(-1)!.position);
    await running.stop();
    expect(seen).toEqual(tokens(all.slice(before.length)));
  });
});
