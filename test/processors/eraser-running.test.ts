/** The eraser as a processor over a log: it crashes at each of its points, is started again, and runs twice at once. */
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eraseUser, registerUser } from '../../src/domain/account/decide.js';
import { userStream } from '../../src/domain/streams.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { Eraser } from '../../src/processors/eraser.js';
import type { Checkpoints } from '../../src/processors/ports.js';
import { withEmbeddedLog, type EmbeddedLog } from '../support/embedded-log.js';
import { append, userHistory, type StreamEvent } from '../support/history-of-events.js';
import { run } from '../support/running-processor.js';

let stores: EmbeddedLog['stores'];
let log: EmbeddedLog['log'];
withEmbeddedLog((opened) => ({ stores, log } = opened));

const CRASH = new StoreUnavailableError('read model', 'crashed');

/** What an eraser does in the order in which it does it; `keys` counts for users, `stored` for checkpoints. */
interface Crash {
  readonly beforeKey?: number;
  readonly afterKey?: number;
  readonly atSessions?: number;
  readonly atStore?: number;
}

/** An eraser that notes whose keys it destroys, and crashes once where it is asked to. */
function noting(seen: string[], crash: Crash = {}, checkpoints: Checkpoints = stores.checkpoints): Eraser {
  const counts = { beforeKey: 0, afterKey: 0, atSessions: 0, atStore: 0 };
  const pass = (point: keyof Crash): Promise<void> => {
    counts[point] += 1;
    return counts[point] === crash[point] ? Promise.reject(CRASH) : Promise.resolve();
  };
  return new Eraser({
    eventLog: log,
    alarms: { logCut: () => undefined, streamDestroyed: () => undefined, userKeyMissing: () => undefined },
    destroyKey: async (userId) => {
      await pass('beforeKey');
      seen.push(userId);
      await pass('afterKey');
    },
    keyStore: { removeTraces: () => Promise.resolve(true) },
    readModel: stores.readModel,
    waitForPosition: async () => {
      await pass('atSessions');
      return true;
    },
    removeMails: () => Promise.resolve(),
    remember: () => Promise.resolve(),
    now: Date.now,
    newId: randomUUID,
    historyId: () => log.histories.at(-1)!.historyId,
    applyErasedList: () => Promise.resolve(),
    isListDue: () => false,
    checkpoints: {
      load: (name) => checkpoints.load(name),
      store: async (...stored) => {
        await pass('atStore');
        return checkpoints.store(...stored);
      },
    },
  });
}

/** So many users who register and are erased. */
function erasures(count: number): StreamEvent[] {
  return Array.from({ length: count }, () => {
    const stream = userStream(randomUUID());
    const registered = registerUser({ email: 'sealed', name: null, emailKey: 'k'.repeat(43), passwordHash: 'sealed' });
    const events = [registered, ...eraseUser(registered.data.account, { emailKey: 'k'.repeat(43) })];
    return events.map((event) => ({ stream, occurredAt: Date.now(), event }));
  }).flat();
}

const erased = (events: readonly LogEvent[]): string[] =>
  events.flatMap(({ stream, event }) => (stream.kind === 'user' && event.type === 'UserErased' ? [stream.userId] : []));
/** The first time that each was seen. */
const firsts = (seen: readonly string[]): string[] => [...new Set(seen)];

describe('the eraser over a log', () => {
  it.each<readonly [string, Crash]>([
    ['before it destroys a key', { beforeKey: 3 }],
    ['after it destroyed a key', { afterKey: 3 }],
    ['when it removes sessions', { atSessions: 2 }],
    ['when it stores its place', { atStore: 1 }],
  ])('that crashes %s erases everybody in order, and at most once more', async (_, crash) => {
    const events = await append(log, erasures(4));
    const wanted = erased(events);
    const seen: string[] = [];
    const processor = run(noting(seen, crash), log);
    await processor.reachesPosition(events.at(-1)!.position);
    await processor.stop();
    expect(firsts(seen)).toEqual(wanted);
    expect(seen.length).toBeLessThanOrEqual(2 * wanted.length);
    expect(processor.states.map(({ state }) => state)).not.toContain('failed');
    expect((await stores.checkpoints.load('eraser'))!.position >= events.at(-2)!.position).toBe(true);
  });

  it('goes on from its place when it is started again', async () => {
    const seen: string[] = [];
    const first = await append(log, erasures(2));
    const one = run(noting(seen), log);
    await one.reachesPosition(first.at(-1)!.position);
    await one.stop();
    const all = await append(log, erasures(2));
    const two = run(noting(seen), log);
    await two.reachesPosition(all.at(-1)!.position);
    await two.stop();
    expect(seen).toEqual(erased(all));
  });

  it('run by two holders at once erases everybody, and both go on', async () => {
    const [one, other]: [string[], string[]] = [[], []];
    const both = [run(noting(one), log), run(noting(other), log)];
    let all: readonly LogEvent[] = [];
    for (let rounds = 0; rounds < 3; rounds += 1) {
      all = await append(log, erasures(2));
      for (const holder of both) await holder.reachesPosition(all.at(-1)!.position);
    }
    for (const holder of both) await holder.stop();
    expect(firsts([...one, ...other]).sort()).toEqual(erased(all).sort());
    for (const holder of both) expect(holder.states.map(({ state }) => state)).not.toContain('failed');
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
    const events = await append(log, userHistory([5, 8, 8, 7]));
    await processor.reachesPosition(events.at(-1)!.position);
    expect(stored).toBe(0);
    await processor.stop();
  });
});
