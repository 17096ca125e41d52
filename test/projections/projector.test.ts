import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamName } from '../../src/domain/streams.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { StoreRefusedError } from '../../src/event-store/errors.js';
import { RefusedEventError } from '../../src/event-store/event-log.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { lastEventOf } from '../../src/processors/processor.js';
import { projectBatch } from '../../src/processors/project-batch.js';
import { Projector, rebuildNeeded } from '../../src/processors/projector.js';
import type { Placed } from '../../src/read-model/documents.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { onServers, withReadModelOf } from '../support/every-back-end.js';
import { installationLog } from '../support/installation-log.js';
import { append, userHistory, wholeLog } from '../support/history-of-events.js';
import { run } from '../support/running-processor.js';

const own = installationLog();

const ofReadModel = (event: { stream: { kind: string } }): boolean => ['user', 'token'].includes(event.stream.kind);
const steps = fc.array(fc.nat({ max: 80 }), { maxLength: 30 });

/** The read model, to which nothing else is said to be new than what is not there yet. */
function sayingWhatIsNew(readModel: ReadModel): Pick<ReadModel, 'load' | 'apply'> {
  const find = ({ collection, document: { id } }: Placed): Promise<unknown> => {
    if (collection === 'sessions') return readModel.session(id);
    return collection === 'accounts' ? readModel.account(id) : readModel.deviceStream(id);
  };
  return {
    load: (...args) => readModel.load(...args),
    apply: async (batch) => {
      for (const changed of batch.documents) expect(changed.isNew).toBe((await find(changed)) === null);
      return readModel.apply(batch);
    },
  };
}

describe('G8: the read model is exactly the log', () => {
  it('however the log is cut into batches, and whatever part of it is delivered again', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.array(fc.nat({ max: 10 })), async (one, other, cuts) => {
        const events = (await append(own.log, [...userHistory(one), ...userHistory(other)])).filter(ofReadModel);
        const { readModel } = own.stores;
        let { version, checkpoint } = await readModel.progress();
        let from = events.findIndex(({ position }) => checkpoint === null || position > checkpoint);
        for (const cut of [...cuts, events.length]) {
          // Some of what was applied before comes along again.
          const batch = events.slice(Math.max(0, from - cut), from + cut);
          const position = batch.at(-1)?.position;
          if (position === undefined || (checkpoint !== null && position <= checkpoint)) continue;
          const outcome = await projectBatch(
            sayingWhatIsNew(readModel),
            { events: batch, position, lastEvent: lastEventOf(batch) },
            version,
          );
          expect(outcome.unapplied).toBeNull();
          ({ version } = outcome);
          checkpoint = position;
          from = Math.min(events.length, from + cut);
        }
        expect(await own.differences()).toEqual([]);
      }),
      { numRuns: onServers ? 8 : 25 },
    );
  });
});

describe('an event that is refused', () => {
  it('stops the projector loudly, named and without what it holds; what came before is applied, nothing after', async () => {
    const before = await append(own.log, userHistory([5]));
    const [last] = before.slice(-1);
    const name = `test_${streamName(last!.stream)}`;
    const altered = { id: '00000000-0000-4000-8000-000000000001', type: 'TokenRotated', data: '{"sid":"secret value"}' };
    await own.stores.eventStore.append(name, [{ ...altered, metadata: '{}' }], last!.revision);
    await expect(append(own.log, userHistory([5]))).rejects.toThrow(RefusedEventError);
    const projector = run(new Projector(own.stores.readModel), own.log);
    const { checkpoint, failure } = await projector.reaches('failed');
    expect(failure).toMatchObject({ eventId: altered.id, stream: name, reason: expect.stringContaining('altered') });
    await sleep(200);
    expect(projector.status()).toMatchObject({ state: 'failed', checkpoint: last!.position });
    expect(checkpoint).toBe(last!.position);
    expect(projector.states.filter(({ state }) => state === 'failed')).toHaveLength(1);
    expect(JSON.stringify(projector.states)).not.toContain('secret value');
    expect(await own.stores.readModel.scan('accounts', null, 10)).toHaveLength(1);
    await expect(own.differences()).rejects.toThrow(RefusedEventError);
    await projector.stop();
  });

  it('is passed by itself once an operator has disowned it', async () => {
    const [last] = (await append(own.log, userHistory([5]))).slice(-1);
    const stream = `test_${streamName(last!.stream)}`;
    const foreign = { id: '00000000-0000-4000-8000-000000000002', type: 'Other', data: '{}', metadata: '{}' };
    const { revision } = await own.stores.eventStore.append(stream, [foreign], last!.revision);
    const projector = run(new Projector(own.stores.readModel), own.log);
    await projector.reaches('failed');
    await own.log.disown({ stream, revision, actor: 'operator:test' });
    const events = await append(own.log, userHistory([5]));
    await projector.reachesPosition(events.at(-1)!.position);
    expect(projector.status().state).toBe('running');
    await projector.stop();
    expect(await own.differences()).toEqual([]);
  });
});

describe('an event that cannot be applied', () => {
  it('stops the projector at it, whatever is tried again, and the rebuild too', async () => {
    const [registered, ...rest] = userHistory([5]);
    // The registration is missing: the account of the change does not exist.
    const orphan = userHistory([8]).filter(({ event }) => event.type === 'RoleGranted');
    const events = await append(own.log, [registered!, ...rest, ...orphan, ...userHistory([5])]);
    const culprit = events.find(({ event }) => event.type === 'RoleGranted')!;
    const projector = run(new Projector(own.stores.readModel), own.log);
    const { failure } = await projector.reaches('failed');
    expect(failure).toEqual({
      ...{ eventId: culprit.id, type: 'RoleGranted', stream: streamName(culprit.stream), position: culprit.position },
      reason: 'the account does not exist',
    });
    await sleep(200);
    expect(projector.status().state).toBe('failed');
    expect((await own.stores.readModel.checkpoint())! < culprit.position).toBe(true);
    expect(projector.states.filter(({ state }) => state === 'failed')).toHaveLength(1);
    await expect(own.differences()).rejects.toThrow(culprit.position);
    await projector.stop();
  });
});

describe('a store', () => {
  const failing = (error: () => Error, times: number): ConstructorParameters<typeof Projector>[0] => {
    let left = times;
    return {
      madeBy: () => own.stores.readModel.madeBy(),
      progress: () => own.stores.readModel.progress(),
      load: (keys, version) => own.stores.readModel.load(keys, version),
      apply: (batch) => {
        left -= 1;
        return left >= 0 ? Promise.reject(error()) : own.stores.readModel.apply(batch);
      },
    };
  };

  it('that does not answer is waited for, said at once, and nothing is skipped', async () => {
    const events = await append(own.log, userHistory([5, 6, 5]));
    const projector = run(new Projector(failing(() => new StoreUnavailableError('read model', 'gone'), 3)), own.log);
    expect(await projector.reaches('waiting')).toMatchObject({ waitingFor: 'read model' });
    await projector.reachesPosition(events.at(-1)!.position);
    await projector.stop();
    expect(projector.states.map(({ state }) => state)).toEqual([
      ...['starting', 'running', 'waiting', 'running', 'stopped'],
    ]);
    expect(await own.differences()).toEqual([]);
  });

  it.each([
    ['itself', () => new StoreRefusedError('no right to read')],
    ['as the cause', () => new StoreUnavailableError('read model', 'refuses', new StoreRefusedError('wrong password'))],
  ])('that refuses us (%s) is a state of its own, and service resumes once it does not', async (_, error) => {
    const events = await append(own.log, userHistory([5]));
    const projector = run(new Projector(failing(error, 2)), own.log);
    const status = await projector.reaches('refused');
    expect(status.failure).toMatchObject({ reason: error().message });
    await projector.reachesPosition(events.at(-1)!.position);
    expect(projector.status().state).toBe('running');
    await projector.stop();
  });

  it('that was never there leaves the projector starting and then waiting, never running', async () => {
    const gone = new StoreUnavailableError('event store', 'gone');
    let isGone = true;
    const unavailable = { ...logOf(), end: () => (isGone ? Promise.reject(gone) : own.log.end()) };
    const projector = run(new Projector(own.stores.readModel), unavailable);
    expect(await projector.reaches('waiting')).toMatchObject({ waitingFor: 'event store', seen: false });
    expect(projector.states.map(({ state }) => state)).not.toContain('running');
    isGone = false;
    expect(await projector.reaches('running')).toMatchObject({ seen: true });
    await projector.stop();
  });

  it('of the events that is lost later is said at once, and back again', async () => {
    const events = await append(own.log, userHistory([5]));
    let say: (state: 'connected' | 'waiting', reason?: unknown) => void = () => undefined;
    const follow: typeof own.log.follow = (options) => {
      say = options.onConnection ?? say;
      return own.log.follow(options);
    };
    const projector = run(new Projector(own.stores.readModel), { ...logOf(), follow });
    await projector.reachesPosition(events.at(-1)!.position);
    say('waiting', new Error('connection lost'));
    expect(projector.status()).toMatchObject({ state: 'waiting', waitingFor: 'event store' });
    say('connected');
    expect(projector.status().state).toBe('running');
    say('waiting', new StoreRefusedError('the right was taken'));
    expect(projector.status()).toMatchObject({ state: 'refused' });
    await projector.stop();
  });

  const logOf = (): Pick<OpenedLog, 'follow' | 'end'> => ({
    end: () => own.log.end(),
    follow: (options) => own.log.follow(options),
  });
});

describe('a read model made by another version of the program', () => {
  it('is not gone on with: the start says that it must be rebuilt, and the projector resumes once it is', async () => {
    await append(own.log, userHistory([5]));
    const lastEvent = lastEventOf((await wholeLog(own.log)).slice(0, 1));
    await own.stores.close();
    await withReadModelOf(own.folder, 'older', async (old) => {
      const { version } = await old.progress();
      await old.apply({ documents: [], version, checkpoint: lastEvent!.position, lastEvent });
    });
    await own.open();
    expect(await rebuildNeeded(own.stores.readModel)).toMatch(/of version older.*npm run rebuild/);
    const projector = run(new Projector(own.stores.readModel), own.log);
    expect((await projector.reaches('failed')).failure).toMatchObject({ reason: expect.stringContaining('version older') });
    expect(await own.stores.readModel.scan('sessions', null, 10)).toEqual([]);
    await own.differences();
    await projector.reaches('running');
    expect(await rebuildNeeded(own.stores.readModel)).toBeNull();
    expect(await own.stores.readModel.scan('sessions', null, 10)).toHaveLength(1);
    await projector.stop();
  });
});
