import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectBatch } from '../../src/processors/project-batch.js';
import { Projector, type ProjectorStatus } from '../../src/processors/projector.js';
import { rebuild } from '../../src/processors/rebuild.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import { waitForPosition } from '../../src/queries/wait-for-position.js';
import { startChild } from '../support/child-process.js';
import { openEmbeddedStores, type EmbeddedStores } from '../support/embedded-stores.js';
import { userHistory, type StreamEvent } from '../support/history-of-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let stores: EmbeddedStores;
beforeEach(async () => {
  folder = temporaryFolder();
  stores = await openEmbeddedStores(folder.path);
});
afterEach(async () => {
  await stores.close();
  folder.remove();
});

async function append(events: readonly StreamEvent[]): Promise<readonly RecordedEvent[]> {
  for (const { stream, event } of events) await stores.eventStore.append(stream, [event], 'any');
  return stores.eventStore.readAll({ maxCount: 100_000 });
}

const differences = async (): Promise<readonly unknown[]> =>
  (await rebuild({ ...stores, retentionMs: 1e12, now: Date.now() })).differences;

const steps = fc.array(fc.nat({ max: 48 }), { maxLength: 30 });

describe('G8: the read model is exactly the log', () => {
  it('however the log is cut into batches, and whatever part of it is delivered again', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.array(fc.nat({ max: 10 })), async (one, other, cuts) => {
        const events = await append([...userHistory(one), ...userHistory(other)]);
        const { readModel } = stores;
        let checkpoint = await readModel.checkpoint();
        let from = events.findIndex(({ position }) => checkpoint === null || position > checkpoint);
        for (const cut of [...cuts, events.length]) {
          // Some of what was applied before comes along again.
          const batch = events.slice(Math.max(0, from - cut), from + cut);
          const position = batch.at(-1)?.position;
          if (position === undefined || (checkpoint !== null && position <= checkpoint)) continue;
          const outcome = await projectBatch(readModel, { events: batch, position }, checkpoint);
          expect(outcome).toEqual({ checkpoint: position, unapplied: null });
          checkpoint = position;
          from = Math.min(events.length, from + cut);
        }
        expect(await differences()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('a projector that is killed at any point goes on where it was: no event twice, none left out', async () => {
    const events = await append(
      Array.from({ length: 16 }, (_, user) => userHistory([user, user + 3, 5, user * 5, 6, 3, 4])).flat(),
    );
    await stores.close();
    let kills = 0;
    for (let reached = ''; reached < events.at(-1)!.position; kills += 1) {
      const child = startChild(new URL('../support/projecting-process.js', import.meta.url), folder.path);
      await child.says('started');
      // Sometimes before a batch was handed over, sometimes while it is being applied, sometimes after.
      if (kills % 3 > 0) await child.says(kills % 3 === 1 ? 'applying' : 'applied');
      await sleep(Math.random() * 4);
      child.process.kill('SIGKILL');
      await child.ended;
      stores = await openEmbeddedStores(folder.path);
      const checkpoint = (await stores.readModel.checkpoint()) ?? '';
      const acknowledged = child
        .output()
        .match(/applied \d+/g)
        ?.at(-1)
        ?.slice('applied '.length);
      expect(checkpoint >= (acknowledged ?? reached)).toBe(true);
      reached = checkpoint;
      expect(await differencesOfPrefix()).toEqual([]);
      await stores.close();
    }
    expect(kills).toBeGreaterThan(5);
    stores = await openEmbeddedStores(folder.path);
  }, 300_000);

  /** What is there now is what the log up to the checkpoint says; the live read model stays for the next life. */
  async function differencesOfPrefix(): Promise<readonly unknown[]> {
    return (await rebuild({ ...stores, retentionMs: 1e12, now: Date.now(), dryRun: true })).differences;
  }
});

describe('an event that cannot be applied', () => {
  it('stops the projector loudly, named and without what it holds; what came before is applied, nothing after', async () => {
    const good = userHistory([5]);
    const bad: StreamEvent = {
      stream: good.at(-1)!.stream,
      event: { ...good.at(-1)!.event, id: '00000000-0000-4000-8000-000000000001', data: { sid: 'secret value' } },
    };
    const events = await append([...good, bad, ...userHistory([5])]);
    const told: ProjectorStatus[] = [];
    const projector = new Projector({ ...stores, onStateChange: (status) => told.push(status) });
    projector.start();
    while (projector.status().state !== 'failed') await sleep(5);
    const culprit = events[good.length]!;
    expect(projector.status()).toMatchObject({
      state: 'failed',
      checkpoint: events[good.length - 1]!.position,
      failure: { eventId: culprit.id, type: culprit.type, stream: culprit.stream, position: culprit.position },
    });
    expect(JSON.stringify(told)).not.toContain('secret value');
    expect(await stores.readModel.scan('accounts', null, 10)).toHaveLength(1);
    await expect(rebuild({ ...stores, retentionMs: 1e12, now: Date.now() })).rejects.toThrow('at ');
  });

  it.each([
    ['unknown event type', { type: 'constructor' }],
    ['unknown schema version', { schemaVersion: 2 }],
  ])('is one of %s', async (reason, { type, schemaVersion }: { type?: string; schemaVersion?: number }) => {
    const [{ stream, event }] = userHistory([]) as [StreamEvent];
    const metadata = { ...event.metadata, schemaVersion: schemaVersion ?? event.metadata.schemaVersion };
    await append([{ stream, event: { ...event, type: type ?? event.type, metadata } }]);
    const projector = new Projector({ ...stores });
    projector.start();
    while (projector.status().state !== 'failed') await sleep(5);
    expect(projector.status().failure).toMatchObject({ eventId: event.id, reason });
  });
});

describe('a store that is away', () => {
  it('is waited for, and nothing is skipped', async () => {
    const events = await append(userHistory([5, 6, 5]));
    let away = 3;
    const states: string[] = [];
    const flaky = {
      checkpoint: () => stores.readModel.checkpoint(),
      landmark: () => stores.readModel.landmark(),
      load: (keys: Parameters<typeof stores.readModel.load>[0]) => stores.readModel.load(keys),
      ping: () => stores.readModel.ping(),
      apply: (batch: Parameters<typeof stores.readModel.apply>[0]) => {
        away -= 1;
        return away >= 0 ? Promise.reject(new StoreUnavailableError('read model', 'gone')) : stores.readModel.apply(batch);
      },
    };
    const projector = new Projector({ ...stores, readModel: flaky, onStateChange: ({ state }) => states.push(state) });
    projector.start();
    expect(await waitForPosition(stores.readModel, events.at(-1)!.position, 10_000)).toBe(true);
    await projector.stop();
    expect(states).toEqual(expect.arrayContaining(['waiting', 'running', 'stopped']));
    expect(await differences()).toEqual([]);
  });
});

describe('a rebuild', () => {
  it('finds what differs, and puts it right', async () => {
    const events = await append([...userHistory([5, 5]), ...userHistory([1])]);
    await projectBatch(stores.readModel, { events, position: events.at(-1)!.position }, null);
    const [session] = await stores.readModel.scan('sessions', null, 1);
    const checkpoint = events.at(-1)!.position;
    const later = `${checkpoint.slice(0, -3)}999`;
    const wrong = { ...session!, generation: 77, position: session!.position.replace(/\d$/, '9') };
    await stores.readModel.apply({
      documents: [{ collection: 'sessions', document: { ...wrong, position: later } }],
      previousCheckpoint: checkpoint,
      checkpoint: later,
    });
    const result = await rebuild({ ...stores, retentionMs: 1e12, now: Date.now() });
    expect(result.differences).toEqual([{ collection: 'sessions', id: session!.id }]);
    expect(await stores.readModel.session(session!.id)).toEqual(session);
    expect(await differences()).toEqual([]);
  });

  it('finds a document that is ahead of the log', async () => {
    const events = await append(userHistory([5, 5]));
    const checkpoint = events.at(-1)!.position;
    await projectBatch(stores.readModel, { events, position: checkpoint }, null);
    const [session] = await stores.readModel.scan('sessions', null, 1);
    await stores.readModel.apply({
      documents: [{ collection: 'sessions', document: { ...session!, position: '9'.repeat(20) } }],
      previousCheckpoint: checkpoint,
      checkpoint: checkpoint.replace(/.$/, '9'),
    });
    expect(await differences()).toEqual([{ collection: 'sessions', id: session!.id }]);
    expect(await differences()).toEqual([]);
  });
});
