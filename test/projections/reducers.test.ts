import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { positionOf } from '../../src/event-store/position.js';
import type { StreamDocument } from '../../src/read-model/documents.js';
import { COLLECTIONS, PROJECTED_STREAMS, READ_MODEL_VERSION } from '../../projections/collections.js';
import { ProjectionError, reduce } from '../../projections/projection.js';
import { SESSIONS } from '../../projections/sessions.js';
import { STREAMS } from '../../projections/streams.js';
import { NOW } from '../support/event-log/some-family.js';
import { REGISTERED } from '../support/family-history.js';
import { account, at, DAY, DEVICE, family, ISSUED, rotated, session } from '../support/reduced.js';

describe('the session of a family', () => {
  it('begins with its sign-in', () => {
    expect(session(ISSUED)).toEqual({
      ...{ id: family().sid, userId: DEVICE.userId, deviceId: DEVICE.deviceId, deviceName: 'name', client: 'first' },
      ...{ issuedAt: NOW, issuedPosition: positionOf(1), lastUsedAt: NOW, generation: 0, epoch: 0 },
      ...{ status: 'active', endReason: null, endsAt: NOW + 7 * DAY, absoluteExpiresAt: NOW + 90 * DAY },
      ...{ contestedAt: null, historyId: 'history', position: positionOf(1) },
    });
  });

  it('goes on with a rotation, whose expiries may be earlier than before', () => {
    const change = { epoch: 2, idleExpiresAt: NOW + 5 * DAY, absoluteExpiresAt: NOW + 4 * DAY };
    const used = { lastUsedAt: NOW + 2, client: 'client 1', generation: 1, epoch: 2, position: positionOf(2) };
    const expiries = { endsAt: NOW + 4 * DAY, absoluteExpiresAt: NOW + 4 * DAY };
    expect(session(ISSUED, rotated(1, change))).toEqual({ ...session(ISSUED)!, ...used, ...expiries });
  });

  it('remembers when it was last contested, not when it was redelivered otherwise', () => {
    const redelivered = (contested: boolean): FamilyEvent => ({
      type: 'TokenRedelivered',
      data: { family: family(1), contested, client: 'other' },
    });
    const used = { client: 'other', lastUsedAt: NOW + 3 };
    expect(session(ISSUED, rotated(1), redelivered(false))).toMatchObject({ ...used, contestedAt: null });
    expect(session(ISSUED, rotated(1), redelivered(true))).toMatchObject({ ...used, contestedAt: NOW + 3 });
    expect(session(ISSUED, rotated(1), redelivered(true), rotated(2))).toMatchObject({ contestedAt: NOW + 3 });
  });

  it('is named again, and loses its name', () => {
    const renamed = (deviceName: string | null): FamilyEvent => ({
      type: 'DeviceRenamed',
      data: { family: family(), deviceName },
    });
    expect(session(ISSUED, renamed('new'))).toMatchObject({ deviceName: 'new', lastUsedAt: NOW });
    expect(session(ISSUED, renamed('new'), renamed(null))).toMatchObject({ deviceName: null });
  });

  it('ends by its revocation, or earlier where it had expired by then', () => {
    const revoked: FamilyEvent = { type: 'TokenRevoked', data: { family: family(), reason: 'reuse', note: null } };
    expect(session(ISSUED, revoked)).toMatchObject({ status: 'revoked', endReason: 'reuse', endsAt: NOW + 2 });
    const late = reduce(SESSIONS, session(ISSUED), at(DEVICE, 2, revoked, NOW + 8 * DAY));
    expect(late).toMatchObject({ endsAt: NOW + 7 * DAY });
  });

  it('is as it was after a reuse, which its revocation follows', () => {
    const presented = { presentedGeneration: 0, presentedJti: 'jti', client: 'thief' };
    const reused: FamilyEvent = { type: 'TokenReuseDetected', data: { family: family(1), ...presented } };
    const before = session(ISSUED, rotated(1))!;
    expect(session(ISSUED, rotated(1), reused)).toEqual({ ...before, position: positionOf(3) });
  });

  it('ends by its expiry, when that was', () => {
    const data = { family: family(), cause: 'idle', expiredAt: NOW + 7 * DAY } as const;
    const ended = { status: 'expired', endReason: 'idle', endsAt: NOW + 7 * DAY };
    expect(session(ISSUED, { type: 'TokenExpired', data })).toMatchObject(ended);
  });

  it('may be missing only where its family had expired', () => {
    const event = rotated(1);
    expect(() => reduce(SESSIONS, undefined, at(DEVICE, 2, event, NOW + 7 * DAY - 1))).toThrow(ProjectionError);
    expect(reduce(SESSIONS, undefined, at(DEVICE, 2, event, NOW + 7 * DAY))).toBeUndefined();
    expect(() => session(ISSUED, ISSUED)).toThrow(ProjectionError);
  });
});

describe('the index of devices’ streams', () => {
  const redelivered = (contested: boolean): FamilyEvent => ({
    type: 'TokenRedelivered',
    data: { family: family(1), contested, client: 'other' },
  });
  const reused: FamilyEvent = {
    type: 'TokenReuseDetected',
    data: { family: family(5), presentedGeneration: 0, presentedJti: DEVICE.userId, client: null },
  };
  const made = (...events: readonly FamilyEvent[]) =>
    events
      .map((event, index) => at(DEVICE, index + 1, event))
      .reduce<StreamDocument | undefined>((document, event) => reduce(STREAMS, document, event), undefined);

  it('knows a stream from its first family on, and which traces of theft it holds', () => {
    const { userId, deviceId } = DEVICE;
    const begun = { id: `${userId}.${deviceId}`, userId, deviceId, contested: false, reused: false };
    expect(made(ISSUED)).toEqual({ ...begun, position: positionOf(1) });
    expect(made(ISSUED, rotated(1), redelivered(false), ISSUED)).toEqual({ ...begun, position: positionOf(1) });
    const contested = { ...begun, contested: true, position: positionOf(3) };
    expect(made(ISSUED, rotated(1), redelivered(true), redelivered(true))).toEqual(contested);
    expect(made(ISSUED, redelivered(true), reused)).toEqual({ ...contested, reused: true });
    expect(made(reused)).toEqual({ ...begun, reused: true, position: positionOf(1) });
  });

  it('is not concerned by what comes often', () => {
    for (const event of [rotated(1), redelivered(false)]) expect(STREAMS.documentId(at(DEVICE, 1, event))).toBeNull();
  });
});

describe('redelivery', () => {
  it('changes nothing', () => {
    const document = session(ISSUED, rotated(1));
    expect(reduce(SESSIONS, document, at(DEVICE, 2, rotated(7)))).toBe(document);
    expect(reduce(SESSIONS, document, at(DEVICE, 1, ISSUED))).toBe(document);
  });

  it('of a type that nobody knows is refused', () => {
    const event = { type: 'constructor', data: { family: family() } } as unknown as FamilyEvent;
    expect(() => reduce(SESSIONS, undefined, at(DEVICE, 1, event))).toThrow('unknown event type');
  });
});

describe('the version of the read model', () => {
  it('is another one whenever a collection or a reducer makes something else of the log', () => {
    const types = Object.values(COLLECTIONS).map(({ collection, stream, reducers }) => ({
      ...{ collection, stream },
      types: Object.keys(reducers).sort(),
    }));
    const contested: FamilyEvent = {
      type: 'TokenRedelivered',
      data: { family: family(1), contested: true, client: 'other' },
    };
    const revoked: FamilyEvent = { type: 'TokenRevoked', data: { family: family(1), reason: 'logout', note: null } };
    const sessions = [session(ISSUED, rotated(1), contested), session(ISSUED, revoked)];
    const stream = [ISSUED, contested].reduce<StreamDocument | undefined>(
      (document, event, index) => reduce(STREAMS, document, at(DEVICE, index + 1, event)),
      undefined,
    );
    const made = [...sessions, account(REGISTERED), stream];
    const shape = createHash('sha256')
      .update(JSON.stringify([types, PROJECTED_STREAMS, made]))
      .digest('hex')
      .slice(0, 16);
    // Fails after a change? Give READ_MODEL_VERSION another value, and write both here.
    expect({ version: READ_MODEL_VERSION, shape }).toEqual({ version: '2', shape: '597dbfc6d1937f03' });
  });
});
