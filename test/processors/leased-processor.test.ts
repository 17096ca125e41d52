import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../../src/compose/stores.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { LeasedProcessor } from '../../src/processors/leased-processor.js';
import { LogHub } from '../../src/processors/log-hub.js';
import type { Leases } from '../../src/processors/ports.js';
import { Projector } from '../../src/processors/projector.js';
import { openTestLog } from '../support/embedded-stores.js';
import { embeddedIt, installationFolder, logFileOf, openTestStores } from '../support/every-back-end.js';
import { append, userHistory } from '../support/history-of-events.js';

let folder: ReturnType<typeof installationFolder>;
let stores: Stores;
let log: OpenedLog;
let hub: LogHub;
const running: LeasedProcessor[] = [];
beforeEach(async () => {
  folder = installationFolder();
  stores = await openTestStores(folder.path);
  log = await openTestLog(stores.eventStore);
  hub = new LogHub({ log, onDefect: fail });
  hub.start();
});
afterEach(async () => {
  for (const processor of running.splice(0)) await processor.stop();
  await hub.stop();
  await stores.close();
  await folder.remove();
});

function fail(error: unknown): never {
  throw error;
}

function start(leases: Leases, holder: string, states: string[] = []): LeasedProcessor {
  const processor = new LeasedProcessor({
    ...{ processor: new Projector(stores.readModel), hub, leases, holder },
    // Long, so that no pause of a busy machine hands it over.
    times: { leaseMs: 30_000, renewMs: 10 },
    onStateChange: ({ state, waitingFor }) => states.push(waitingFor === undefined ? state : `${state} ${waitingFor}`),
    onError: fail,
  });
  running.push(processor);
  processor.start();
  return processor;
}

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await reached())) await sleep(5);
}

describe('a processor under a lease', () => {
  it('runs on one of two instances, and on the other when that one stops', async () => {
    const { leases } = stores;
    const states: string[] = [];
    const one = start(leases, 'one', states);
    await until(() => one.status().state === 'running');
    const other = start(leases, 'other');
    await until(() => other.status().state === 'elsewhere');
    await one.stop();
    expect(states.slice(states.indexOf('running'))).toEqual(['running', 'stopped']);
    await until(() => other.status().state === 'running');
    const events = await append(log, userHistory([5]));
    await until(async () => (await stores.readModel.checkpoint()) === events.at(-1)!.position);
    expect([one.holds, other.holds]).toEqual([false, true]);
  });

  it('that cannot ask for its lease says at once that it waits for the store', async () => {
    let isGone = true;
    const inner = stores.leases;
    const leases: Leases = {
      acquire: (...asked) =>
        isGone ? Promise.reject(new StoreUnavailableError('read model', 'gone')) : inner.acquire(...asked),
      release: (...given) => inner.release(...given),
      holderOf: (name) => inner.holderOf(name),
    };
    const states: string[] = [];
    const processor = start(leases, 'one', states);
    await until(() => states.length >= 2);
    expect(states).toEqual(['starting', 'waiting read model']);
    expect(processor.status().seen).toBe(false);
    isGone = false;
    await until(() => processor.status().state === 'running');
    expect(processor.status().seen).toBe(true);
  });

  it('whose lease another instance has goes on having seen its stores when they do not answer any more', async () => {
    let isGone = false;
    const leases: Leases = {
      acquire: () => (isGone ? Promise.reject(new StoreUnavailableError('read model', 'gone')) : Promise.resolve(false)),
      release: () => Promise.resolve(),
      holderOf: () => Promise.resolve(null),
    };
    const processor = start(leases, 'other');
    await until(() => processor.status().state === 'elsewhere');
    isGone = true;
    await until(() => processor.status().state === 'waiting');
    expect(processor.status()).toMatchObject({ waitingFor: 'read model', seen: true });
    // A start looks for itself.
    await processor.stop();
    processor.start();
    await until(() => processor.status().state === 'waiting');
    expect(processor.status().seen).toBe(false);
  });
});

describe('S9: an idle embedded process', () => {
  embeddedIt('writes nothing', async () => {
    const processor = start(stores.leases, 'one');
    const events = await append(log, userHistory([5]));
    await until(() => processor.status().checkpoint === events.at(-1)!.position);
    const file = new Database(await logFileOf(folder.path));
    const commits = (): unknown => file.prepare('PRAGMA data_version').raw().get();
    const before = commits();
    await sleep(500);
    expect(processor.status().state).toBe('running');
    expect(commits()).toEqual(before);
    file.close();
  });
});
