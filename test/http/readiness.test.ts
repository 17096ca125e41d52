/** What /readyz says of the processors, and what that makes of readiness. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readiness, type ReadinessOptions } from '../../src/compose/readiness.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { StoreRefusedError } from '../../src/event-store/errors.js';
import { positionOf } from '../../src/event-store/position.js';
import type { ProcessorStatus } from '../../src/processors/processor-status.js';
import { signedInUser } from '../support/admin.js';
import { eventually } from '../support/eventually.js';
import { cutOff } from '../support/outage.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const up = { ping: () => Promise.resolve() };
const RUNNING: ProcessorStatus = { state: 'running', checkpoint: positionOf(7), seen: true };

/** A process in which all is well, but for what a test names. */
function options(more: Partial<ReadinessOptions>): ReadinessOptions {
  return {
    eventStore: up,
    eventLog: {
      end: () => Promise.resolve(positionOf(7)),
      readAll: () => Promise.resolve({ events: [], position: null }),
    } as unknown as ReadinessOptions['eventLog'],
    readModel: { ...up, checkpoint: () => Promise.resolve({ position: positionOf(7), lastEvent: null, state: null }) },
    keyStore: up,
    hub: () => ({ state: 'connected' }),
    projector: () => RUNNING,
    eraser: () => RUNNING,
    observed: () => ({ logCuts: [], refused: [] }),
    now: Date.now,
    ...more,
  } as ReadinessOptions;
}

describe('G14: an instance that has never projected, since another one does', () => {
  let app: RunningApp | null = null;
  afterEach(() => app?.close());

  it.each([
    ['before it was asked anything', false, [503, 'not_ready']],
    ['while it runs', true, [200, 'degraded']],
  ])('is asked for readiness in an outage of MongoDB that began %s', async (_, wasThere, expected) => {
    let isGone = !wasThere;
    app = await startApp({
      log: pino({ level: 'silent' }),
      prepare: ({ stores: { leases, readModel } }) => {
        const gone = (): Promise<never> => Promise.reject(new StoreUnavailableError('read model', 'gone'));
        const ping = readModel.ping.bind(readModel);
        readModel.ping = () => (isGone ? gone() : ping());
        leases.acquire = () => (isGone ? gone() : Promise.resolve(false));
      },
    });
    const { operations } = app;
    const stateOfProjection = async (): Promise<string> =>
      (await operations.request<{ projection: { state: string } }>('/readyz')).body.projection.state;
    if (wasThere) {
      await eventually('another one projects', async () => (await stateOfProjection()) === 'elsewhere');
      isGone = true;
    }
    await eventually('it waits', async () => (await stateOfProjection()) === 'waiting');
    const { status, body } = await operations.request('/readyz');
    expect([status, body.status]).toEqual(expected);
    expect(body).toMatchObject({ read_model: 'down', projection: { waiting_for: 'read model' } });
  });
});

it.each([
  ['eventStore', 'event_store', 'not_ready'],
  ['readModel', 'read_model', 'degraded'],
  ['keyStore', 'key_store', 'degraded'],
] as const)('a store that refuses us (%s) is not shown as down', async (store, shown, status) => {
  const refusal = new StoreRefusedError('the password is wrong');
  const error = store === 'eventStore' ? refusal : new StoreUnavailableError('key store', 'MongoDB refuses us', refusal);
  const all = options({});
  const { view } = await readiness({ ...all, [store]: { ...all[store], ping: () => Promise.reject(error) } });
  expect(view).toMatchObject({ status, [shown]: 'refused' });
});

describe('the eraser at /readyz', () => {
  it.each([
    ['runs', RUNNING, { state: 'running', checkpoint: positionOf(7) }],
    ['runs nowhere here', null, { state: 'elsewhere', checkpoint: null }],
    [
      'waits for a store',
      { ...RUNNING, state: 'waiting', waitingFor: 'key store' } as const,
      { state: 'waiting', checkpoint: positionOf(7), waiting_for: 'key store' },
    ],
    [
      'has failed',
      { ...RUNNING, state: 'failed', failure: { reason: 'defect: TypeError' } } as const,
      { state: 'failed', checkpoint: positionOf(7), failure: { reason: 'defect: TypeError' } },
    ],
  ])('that %s is shown, and holds up no request', async (_, eraser, shown) => {
    const { ready, view } = await readiness(options({ eraser: () => eraser }));
    expect(view).toMatchObject({ status: 'ready' });
    expect([ready, (view as { eraser: unknown }).eraser]).toEqual([true, shown]);
  });

  describe('of a running application', () => {
    let app: RunningApp | null = null;
    afterEach(() => app?.close());

    it('says that an erasure waits for the key store, and when it is done', async () => {
      let outage = { down: false };
      app = await startApp({
        log: pino({ level: 'silent' }),
        prepare: ({ stores }) => {
          // Not among what is cut off otherwise, since refreshes go on without it.
          const destroy = stores.keyStore.destroy.bind(stores.keyStore);
          outage = cutOff(stores.keyStore, 'key store');
          stores.keyStore.destroy = async (userId, at) => {
            await stores.keyStore.ping();
            return destroy(userId, at);
          };
        },
      });
      const { operations } = app;
      const eraser = async (): Promise<Record<string, unknown>> =>
        (await operations.request<{ eraser: Record<string, unknown> }>('/readyz')).body.eraser;
      await eventually('it runs', async () => (await eraser()).state === 'running');
      const user = await signedInUser(app);
      outage.down = true;
      const erased = await app.application.http.admin.erase({
        userId: user.userId,
        by: 'operator:test',
        source: { correlationId: 'test' },
      });
      expect(erased.outcome).toBe('done');
      await eventually('it waits', async () => (await eraser()).state === 'waiting');
      expect(await eraser()).toMatchObject({ state: 'waiting', waiting_for: 'key store' });
      outage.down = false;
      await eventually('it is done', async () => {
        const { state, checkpoint } = await eraser();
        return state === 'running' && checkpoint !== null;
      });
      expect(await app.application.stores.keyStore.get(user.userId)).toBe('destroyed');
    });
  });
});
