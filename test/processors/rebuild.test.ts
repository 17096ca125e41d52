import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stores } from '../../src/compose/stores.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { OtherLogError } from '../../src/processors/other-log.js';
import { isProjectedElsewhere, projectorHolder } from '../../src/processors/projector-lease.js';
import { Projector } from '../../src/processors/projector.js';
import { rebuild, type RebuildOptions, type RebuildResult } from '../../src/processors/rebuild.js';
import type { SessionDocument } from '../../src/read-model/documents.js';
import type { Rebuildable } from '../../src/read-model/read-model.js';
import { openTestLog } from '../support/embedded-stores.js';
import { BEYOND_ANY_LOG, installationFolder, openTestStores } from '../support/every-back-end.js';
import { DAY } from '../support/family-history.js';
import { append, userHistory } from '../support/history-of-events.js';
import { run } from '../support/running-processor.js';

let folder: ReturnType<typeof installationFolder>;
let stores: Stores;
let log: OpenedLog;
beforeEach(async () => {
  folder = installationFolder();
  stores = await openTestStores(folder.path);
  log = await openTestLog(stores.eventStore);
});
afterEach(async () => {
  await stores.close();
  await folder.remove();
});

const rebuilt = (change: Partial<RebuildOptions> = {}): Promise<RebuildResult> =>
  rebuild({ log, readModel: stores.readModel, retentionMs: 1e15, now: Date.now, ...change });

/** Projects so many lives, and gives the sessions that came of them. */
async function project(...histories: readonly number[][]): Promise<readonly SessionDocument[]> {
  const events = await append(
    log,
    histories.flatMap((steps) => userHistory(steps)),
  );
  const projector = run(new Projector(stores.readModel), log);
  await projector.reachesPosition(events.at(-1)!.position);
  await projector.stop();
  return stores.readModel.scan('sessions', null, 100);
}

async function store(session: SessionDocument, checkpoint: string): Promise<void> {
  const { version } = await stores.readModel.progress();
  const documents = [{ collection: 'sessions', document: session }] as const;
  await stores.readModel.apply({ documents, version, checkpoint, lastEvent: null });
}

describe('a rebuild', () => {
  it('finds what differs, and puts it right', async () => {
    const [session] = await project([5, 5], [1]);
    const later = `${(await stores.readModel.checkpoint())!.slice(0, -3)}999`;
    await store({ ...session!, generation: 77, position: later }, later);
    expect((await rebuilt()).differences).toEqual([{ collection: 'sessions', id: session!.id }]);
    expect(await stores.readModel.session(session!.id)).toEqual(session);
    const again = await rebuilt();
    expect(again).toMatchObject({ differences: [], documents: 6 });
    expect(again.events).toBeGreaterThan(6);
  });

  it('that only compares leaves the live one as it is', async () => {
    const [session] = await project([5]);
    await stores.readModel.removeSessions([session!]);
    const differences = [{ collection: 'sessions', id: session!.id }];
    expect((await rebuilt({ dryRun: true })).differences).toEqual(differences);
    expect((await rebuilt({ dryRun: true })).differences).toEqual(differences);
    expect(await stores.readModel.session(session!.id)).toBeNull();
  });

  it('finds a document that is ahead of the log', async () => {
    const [session] = await project([5, 5]);
    await store({ ...session!, position: BEYOND_ANY_LOG }, (await stores.readModel.checkpoint())!.replace(/.$/, '9'));
    expect((await rebuilt()).differences).toEqual([{ collection: 'sessions', id: session!.id }]);
    expect((await rebuilt()).differences).toEqual([]);
  });

  it('works beside the live projector: what changes meanwhile is no difference', async () => {
    await project([5, 5], [4, 5]);
    const projector = run(new Projector(stores.readModel), log);
    let more = 0;
    const scan: Rebuildable['scan'] = async (...page) => {
      more += 1;
      if (more < 6) await append(log, userHistory([5, 4, 3]));
      return stores.readModel.scan(...page);
    };
    const readModel = bindTo({ scan }, stores.readModel);
    expect((await rebuilt({ readModel })).differences).toEqual([]);
    expect(more).toBeGreaterThanOrEqual(2);
    const events = await append(log, userHistory([5]));
    await projector.reachesPosition(events.at(-1)!.position);
    await projector.stop();
    expect((await rebuilt()).differences).toEqual([]);
  });

  it('asks the clock at each comparison: what retention removes meanwhile is no difference', async () => {
    const [ended] = await project([1]);
    const retentionMs = 30 * DAY;
    // Not removable when the rebuild begins, removed by retention while it compares.
    let now = ended!.endsAt + retentionMs - 1;
    const scan: Rebuildable['scan'] = async (...page) => {
      now += 1;
      await stores.readModel.removeSessions([ended!]);
      return stores.readModel.scan(...page);
    };
    const readModel = bindTo({ scan }, stores.readModel);
    expect((await rebuilt({ readModel, retentionMs, now: () => now })).differences).toEqual([]);
    expect(await stores.readModel.session(ended!.id)).toBeNull();
  });

  it('says how far it is, up to the whole', async () => {
    await project([5, 5], [5]);
    const shares: number[] = [];
    await rebuilt({ onProgress: (_, share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(0);
    for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
  });

  it('of an empty log is an empty read model', async () => {
    expect(await rebuilt()).toMatchObject({ documents: 0, differences: [] });
  });
});

describe('a read model of another log of the same store', () => {
  /** Another log, with so many lives. */
  async function another(...steps: readonly number[]): Promise<OpenedLog> {
    const other = await openTestLog(stores.eventStore, 'test_other_');
    await append(other, userHistory(steps));
    return other;
  }

  it('is not compared with this one', async () => {
    const [session] = await project([5, 5]);
    const other = await another(5);
    await expect(rebuilt({ log: other, dryRun: true })).rejects.toThrow(OtherLogError);
    await expect(rebuilt({ log: other, dryRun: true })).rejects.toThrow(/is of another log, .*`rebuild` makes it again$/);
    expect(await stores.readModel.session(session!.id)).toEqual(session);
    expect((await rebuilt({ dryRun: true })).differences).toEqual([]);
  });

  it('is replaced by that of the whole log, and all that differs is named', async () => {
    const before = await project([5, 5]);
    const other = await another(5, 6);
    const result = await rebuilt({ log: other });
    const after = await stores.readModel.scan('sessions', null, 100);
    expect(result).toMatchObject({ wasOfOtherLog: true, documents: 6 });
    expect(result.differences).toHaveLength(6);
    expect(result.differences).toEqual(
      expect.arrayContaining([...before, ...after].map(({ id }) => ({ collection: 'sessions', id }))),
    );
    expect(after).not.toEqual(before);
    expect(await rebuilt({ log: other, dryRun: true })).toMatchObject({ wasOfOtherLog: false, differences: [] });
  });

  it('stays while an instance of that log projects into it, and is replaced once none does', async () => {
    const [session] = await project([5, 5]);
    const other = await another(5);
    const { leases, readModel } = stores;
    const isInUse = (): Promise<boolean> => isProjectedElsewhere(leases, other);
    const holder = projectorHolder('a server', log);
    await leases.acquire('projector', holder, 30_000);
    const refused = rebuilt({ log: other, isInUse });
    await expect(refused).rejects.toThrow(/^the read model in place is of another log, .*STREAM_PREFIX and MONGODB_URL/);
    expect(await readModel.session(session!.id)).toEqual(session);
    // That log's own rebuild may go on beside it.
    expect(await rebuilt({ isInUse: () => isProjectedElsewhere(leases, log) })).toMatchObject({ differences: [] });
    await leases.release('projector', holder);
    expect(await rebuilt({ log: other, isInUse })).toMatchObject({ wasOfOtherLog: true });
  });

  it('is replaced beside an instance of this log, whose projector it stops', async () => {
    await project([5]);
    const other = await another(5);
    await stores.leases.acquire('projector', projectorHolder('a server', other), 30_000);
    const isInUse = (): Promise<boolean> => isProjectedElsewhere(stores.leases, other);
    expect(await rebuilt({ log: other, isInUse })).toMatchObject({ wasOfOtherLog: true });
  });

  it('stops a projector', async () => {
    await project([5]);
    const projector = run(new Projector(stores.readModel), await another(5));
    const { failure } = await projector.reaches('failed');
    expect(failure).toEqual({ reason: expect.stringContaining('the log is not the one that this was made of') });
    await projector.stop();
  });
});

describe('a projector that nothing comes to', () => {
  it('fails within a moment once the read model in place is that of another log, and goes on once it is its own again', async () => {
    await project([5, 5]);
    const other = await openTestLog(stores.eventStore, 'test_other_');
    const events = await append(other, userHistory([5]));
    const projector = run(new Projector(stores.readModel), log, { watchMs: 20 });
    await projector.reachesPosition((await stores.readModel.checkpoint())!);
    await rebuilt({ log: other });
    expect((await stores.readModel.checkpoint())! >= events.at(-1)!.position).toBe(true);
    const { failure } = await projector.reaches('failed');
    expect(failure).toEqual({ reason: expect.stringContaining('the log is not the one that this was made of') });
    expect(await rebuilt()).toMatchObject({ wasOfOtherLog: true });
    await projector.reaches('running');
    const [last] = (await append(log, userHistory([5]))).slice(-1);
    await projector.reachesPosition(last!.position);
    await projector.stop();
    expect((await rebuilt({ dryRun: true })).differences).toEqual([]);
  });

  it('goes on beside a rebuild of its own log, without a failure', async () => {
    await project([5]);
    const projector = run(new Projector(stores.readModel), log, { watchMs: 20 });
    await projector.reaches('running');
    await rebuilt();
    const [last] = (await append(log, userHistory([5]))).slice(-1);
    await projector.reachesPosition(last!.position);
    await projector.stop();
    expect(projector.states.map(({ state }) => state)).not.toContain('failed');
  });
});

/** A read model of which some methods are others. */
function bindTo(changed: Partial<Rebuildable>, of: Rebuildable): Rebuildable {
  return new Proxy(of, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
