import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { UserAuditContext } from '../../src/audit/context.js';
import { UnknownPositionError } from '../../src/audit/context.js';
import { opened, openedClient } from '../../src/audit/personal.js';
import { stateAt, type AuditedDevice, type AuditedState } from '../../src/audit/state.js';
import { timelineOf } from '../../src/audit/timeline.js';
import { isoOf, type Instant } from '../../src/domain/instant.js';
import { positionOf } from '../../src/event-store/position.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { lastEventOf } from '../../src/processors/processor.js';
import { projectBatch } from '../../src/processors/project-batch.js';
import { isActive } from '../../src/queries/session-standing.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { readable } from '../support/audit-context.js';
import { withEmbeddedLog, type EmbeddedLog } from '../support/embedded-log.js';
import { openEmbeddedStores, openTestLog } from '../support/embedded-stores.js';
import { append, userHistory } from '../support/history-of-events.js';
import { startApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let stores: EmbeddedLog['stores'];
let log: EmbeddedLog['log'];
withEmbeddedLog((opened) => ({ stores, log } = opened));

type Shown = Pick<AuditedState, 'status' | 'devices'>;

/** All that the read model says of a user's account and devices now, if it is asked at an instant: in its order, as an audit says it. */
async function shownAt(context: UserAuditContext, readModel: ReadModel, userId: string, now: Instant): Promise<Shown> {
  const account = await readModel.account(userId);
  const devices: AuditedDevice[] = [];
  for (const session of await readModel.activeSessionsOf(userId)) {
    if (!isActive(session, account, now)) continue;
    devices.push({
      session_id: session.id,
      device_id: session.deviceId,
      device_name: await opened(context, userId, 'device_name', session.deviceName),
      generation: session.generation,
      ...(await openedClient(context, userId, session.client)),
      issued_at: isoOf(session.issuedAt),
      expires_at: isoOf(session.endsAt),
    });
  }
  return { status: account?.status ?? null, devices };
}

/** Applies one event, and gives the read model as it is then. */
async function project(readModel: ReadModel, event: LogEvent): Promise<void> {
  const { version } = await readModel.progress();
  const batch = { events: [event], position: event.position, lastEvent: lastEventOf([event]) };
  expect((await projectBatch(readModel, batch, version)).unapplied).toBeNull();
}

interface Snapshot {
  readonly userId: string;
  readonly position: string;
  readonly at: Instant;
  readonly shown: Shown;
  /** Whether no later event has the same time. */
  readonly isLastOfInstant: boolean;
}

/** Applies events one by one and asks the read model after each, at its time and just before the next event of its user. */
async function snapshotsOf(
  context: UserAuditContext,
  readModel: ReadModel,
  events: readonly LogEvent[],
): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  const own = events.filter(({ stream }) => stream.kind === 'token' || stream.kind === 'user');
  for (const [index, event] of own.entries()) {
    await project(readModel, event);
    const { stream, position, occurredAt } = event;
    if (stream.kind !== 'token' && stream.kind !== 'user') continue;
    const { userId } = stream;
    const isOfUser = (other: LogEvent): boolean => 'userId' in other.stream && other.stream.userId === userId;
    const next = own.slice(index + 1).find(isOfUser);
    const isLastOfInstant = (next?.occurredAt ?? Infinity) > occurredAt;
    const shown = await shownAt(context, readModel, userId, occurredAt);
    snapshots.push({ userId, position, at: occurredAt, shown, isLastOfInstant });
    if (next === undefined || !isLastOfInstant) continue;
    const later = next.occurredAt - 1;
    const then = await shownAt(context, readModel, userId, later);
    snapshots.push({ userId, position: '', at: later, shown: then, isLastOfInstant });
  }
  return snapshots;
}

async function compare(context: UserAuditContext, snapshots: readonly Snapshot[]): Promise<void> {
  for (const { userId, position, at, shown, isLastOfInstant } of snapshots) {
    const said = { at: isoOf(at), ...shown };
    if (position !== '') expect(await stateAt(context, userId, { position })).toEqual({ ...said, position });
    if (isLastOfInstant) expect(await stateAt(context, userId, { at })).toEqual({ ...said, position: expect.any(String) });
  }
}

describe('the state at a moment is what the read model said then', () => {
  it('over random histories, with revocations, kept sessions and expiries noted late', async () => {
    const steps = fc.array(fc.nat({ max: 89 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, steps, async (one, other) => {
        const own = temporaryFolder();
        const fresh = await openEmbeddedStores(own.path);
        try {
          const freshLog = await openTestLog(fresh.eventStore);
          const events = await append(freshLog, [...userHistory(one), ...userHistory(other)]);
          const context = readable(freshLog, fresh.readModel);
          await compare(context, await snapshotsOf(context, fresh.readModel, events));
        } finally {
          await fresh.close();
          own.remove();
        }
      }),
      {
        numRuns: 12,
        examples: [
          [[30, 39], []],
          [
            [5, 45, 50, 49, 4, 48, 1],
            [45, 3, 47, 50],
          ],
        ],
      },
    );
  });

  it('over a seeded history of several devices', async () => {
    const data = temporaryFolder();
    const size = ['--users', '9', '--devices', '3', '--days', '14', '--until', '2026-03-01T00:00:00.000Z', '--seed', '7'];
    expect((await runScript('seed', { DATA_DIR: data.path }, ...size)).code).toBe(0);
    const app = await startApp({ folder: data.path });
    try {
      const events: LogEvent[] = [];
      for (let after: string | undefined; ;) {
        const page = await app.application.eventLog.readAll(after === undefined ? {} : { after });
        events.push(...page.events);
        if (page.isEnd) break;
        after = page.position;
      }
      const { eventLog, stores: live } = app.application;
      const context = { ...readable(log, live.readModel), eventLog, index: live.readModel };
      const snapshots = await snapshotsOf(context, stores.readModel, events);
      expect(snapshots.some(({ shown }) => shown.devices.length === 3)).toBe(true);
      await compare(
        context,
        snapshots.filter((_, index) => index % 5 === 0),
      );
    } finally {
      await app.close();
      data.remove();
    }
  });
});

describe('a moment', () => {
  it('before the registration has no account, and one beyond the log is refused', async () => {
    const [registered] = await append(log, userHistory([0, 1])).then((all) =>
      all.filter(({ stream }) => stream.kind === 'user'),
    );
    const { userId } = registered!.stream as { readonly userId: string };
    const context = readable(log, stores.readModel);
    const nothing = { position: null, status: null, devices: [] };
    expect(await stateAt(context, userId, { at: registered!.occurredAt - 1 })).toMatchObject(nothing);
    expect(await stateAt(context, userId, { position: positionOf(1) })).toMatchObject({ status: null, devices: [] });
    // The others look like places: of another kind of store, and what the ids of the revocation feed hold.
    const feedId = `${positionOf(1)} a-history`;
    const foreign = { ...context, decodePosition: (text: string) => (text === 'feed' ? feedId : null) };
    await expect(stateAt(foreign, userId, { position: 'feed' })).rejects.toThrow(UnknownPositionError);
    for (const position of [positionOf(1_000), 'never given', `${positionOf(1)}/${positionOf(1)}`])
      await expect(stateAt(context, userId, { position })).rejects.toThrow(UnknownPositionError);
  });

  it('may be named by a Log-Position', async () => {
    const events = await append(log, userHistory([0]));
    const last = events.at(-1)!;
    const { userId } = last.stream as { readonly userId: string };
    const context = {
      ...readable(log, stores.readModel),
      decodePosition: (text: string) => (text === 'opaque' ? last.position : null),
    };
    expect(await stateAt(context, userId, { position: 'opaque' })).toEqual(
      await stateAt(context, userId, { position: last.position }),
    );
  });
});

describe('a timeline', () => {
  it('has every event of a user and no other, in the order of the log, also where the index is behind', async () => {
    const all = await append(log, [...userHistory([5, 5, 3, 0]), ...userHistory([5])]);
    const { userId } = all.find(({ stream }) => stream.kind === 'user')!.stream as { readonly userId: string };
    const own = all.filter(({ stream }) => 'userId' in stream && stream.userId === userId).map(({ id }) => id);
    const idsOf = async (range = {}): Promise<string[]> => {
      const ids: string[] = [];
      for await (const { event_id: id } of timelineOf(readable(log, stores.readModel), userId, range)) ids.push(id);
      return ids;
    };
    // Nothing is projected yet.
    expect(await idsOf()).toEqual(own);
    for (const event of all.filter(({ stream }) => stream.kind !== 'log').slice(0, 3))
      await project(stores.readModel, event);
    expect(await idsOf()).toEqual(own);
    const third = all.find(({ id }) => id === own[2])!;
    expect(await idsOf({ after: third.position })).toEqual(own.slice(3));
    const since = all.filter(({ id, occurredAt }) => own.includes(id) && occurredAt >= third.occurredAt);
    expect(await idsOf({ from: third.occurredAt })).toEqual(since.map(({ id }) => id));
    expect(await idsOf({ to: third.occurredAt - 1 })).toEqual(own.filter((id) => !since.some((one) => one.id === id)));
  });
});
