import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../src/domain/account/snapshot.js';
import type { EventsByStream } from '../../src/domain/event.js';
import { tokenStream, userStream, type StreamKind } from '../../src/domain/streams.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { positionOf } from '../../src/event-store/position.js';
import {
  MAX_REVOCATIONS,
  type AccountDocument,
  type SessionDocument,
  type StreamDocument,
} from '../../src/read-model/documents.js';
import { ACCOUNTS } from '../../projections/accounts.js';
import { COLLECTIONS, PROJECTED_STREAMS, READ_MODEL_VERSION } from '../../projections/collections.js';
import { ProjectionError, reduce } from '../../projections/projection.js';
import { SESSIONS } from '../../projections/sessions.js';
import { STREAMS } from '../../projections/streams.js';
import { REGISTERED } from '../support/family-history.js';
import { aFamily, NOW } from '../support/event-log/some-family.js';

const DAY = 86_400_000;
const DEVICE = tokenStream('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
const USER = userStream(DEVICE.userId);

function at<K extends StreamKind>(
  stream: LogEvent<K>['stream'],
  place: number,
  event: EventsByStream[K],
  occurredAt = NOW + place,
): LogEvent<K> {
  const where = { stream, revision: place, position: positionOf(place), id: `event ${place}`, historyId: 'history' };
  return { ...where, occurredAt, actor: 'user', correlationId: 'test', event };
}

/** A family without anything random. */
const family = (generation = 0, change: Partial<ReturnType<typeof aFamily>> = {}): ReturnType<typeof aFamily> => ({
  ...aFamily(generation),
  token: {
    ...{ jti: 'jti', keyId: 'key', tokenIssuedAt: NOW, revision: 0, runId: 'run' },
    ...{ lastContested: null, nameRevision: null },
  },
  ...{ attempt: null, tag: null, ...change },
});
const session = (...events: readonly FamilyEvent[]): SessionDocument | undefined =>
  events.reduce<SessionDocument | undefined>(
    (document, event, index) => reduce(SESSIONS, document, at(DEVICE, index + 1, event)),
    undefined,
  );
const account = (...events: readonly AccountEvent[]): AccountDocument | undefined =>
  events.reduce<AccountDocument | undefined>(
    (document, event, index) => reduce(ACCOUNTS, document, at(USER, index + 1, event)),
    undefined,
  );
const snapshot = (change: Partial<AccountSnapshot> = {}): AccountSnapshot => ({ ...REGISTERED.data.account, ...change });

const ISSUED: FamilyEvent = { type: 'TokenIssued', data: { family: family(), deviceName: 'name', client: 'first' } };
const rotated = (generation: number, change = {}): FamilyEvent => ({
  type: 'TokenRotated',
  data: { family: family(generation, change), client: `client ${generation}` },
});

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

describe('the account of a user', () => {
  const REVOKED = (epoch: number, kept: AccountSnapshot['kept'] = null): AccountEvent => ({
    type: 'AllTokensRevoked',
    data: { account: snapshot({ epoch, kept }), reason: 'logout_all' },
  });

  it('begins with the registration', () => {
    expect(account(REGISTERED)).toEqual({
      ...{ id: USER.userId, status: 'active', epoch: 0, kept: null, revocations: [], email: 'sealed', emailKey: 'key' },
      ...{ name: null, emailVerified: false, roles: [], registeredAt: NOW + 1, statusSince: NOW + 1 },
      position: positionOf(1),
    });
  });

  it('lists the newest revocations of all tokens, the newest first', () => {
    const kept = { sid: 'kept', epoch: 1 };
    expect(account(REGISTERED, REVOKED(1), REVOKED(2, kept))).toMatchObject({
      ...{ epoch: 2, kept },
      revocations: [
        { epoch: 2, at: NOW + 3, reason: 'logout_all', kept },
        { epoch: 1, at: NOW + 2, reason: 'logout_all', kept: null },
      ],
    });
    const many = Array.from({ length: MAX_REVOCATIONS + 5 }, (_, index) => REVOKED(index + 1));
    const { revocations } = account(REGISTERED, ...many)!;
    expect(revocations.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  });

  it('is disabled and enabled, and says since when', () => {
    const disabled: AccountEvent = {
      type: 'UserDisabled',
      data: { account: snapshot({ status: 'disabled' }), note: null },
    };
    const enabled: AccountEvent = { type: 'UserEnabled', data: { account: snapshot(), note: null } };
    const since = account(REGISTERED, disabled);
    expect(since).toMatchObject({ status: 'disabled', statusSince: NOW + 2 });
    expect(account(REGISTERED, disabled, REVOKED(1))).toMatchObject({ status: 'active' });
    expect(account(REGISTERED, disabled, enabled)).toMatchObject({ status: 'active', statusSince: NOW + 3 });
    expect(account(REGISTERED, enabled)).toMatchObject({ statusSince: NOW + 1 });
  });

  it('forgets who it was when it is erased', () => {
    const erased: AccountEvent = {
      type: 'UserErased',
      data: { account: snapshot({ status: 'erased', roles: [] }), emailKey: 'key' },
    };
    const gone = { status: 'erased', email: null, emailKey: null, name: null, statusSince: NOW + 2 };
    expect(account(REGISTERED, erased)).toMatchObject(gone);
  });

  it('loses the name that somebody else may have given', () => {
    const changed = (nameDropped: boolean): AccountEvent => ({
      type: 'PasswordChanged',
      data: { account: snapshot(), nameDropped },
    });
    const named = { ...REGISTERED, data: { ...REGISTERED.data, name: 'sealed name' } };
    expect(account(named, changed(false))).toMatchObject({ name: 'sealed name' });
    expect(account(named, changed(true))).toMatchObject({ name: null });
  });

  it('shows what every event says of it', () => {
    const verified: AccountEvent = { type: 'EmailVerified', data: { account: snapshot({ emailVerified: true }) } };
    const granted: AccountEvent = {
      type: 'RoleGranted',
      data: { account: snapshot({ roles: ['admin'] }), role: 'admin' },
    };
    expect(account(REGISTERED, verified)).toMatchObject({ emailVerified: true });
    expect(account(REGISTERED, granted)).toMatchObject({ roles: ['admin'] });
  });

  it('does not exist if its registration was given up, and must exist otherwise', () => {
    const abandoned: AccountEvent = { type: 'RegistrationAbandoned', data: { account: snapshot({ status: 'abandoned' }) } };
    expect(account(abandoned)).toBeUndefined();
    expect(() => account(REGISTERED, abandoned)).toThrow(ProjectionError);
    expect(() => account(REVOKED(1))).toThrow(ProjectionError);
    expect(() => account(REGISTERED, REGISTERED)).toThrow(ProjectionError);
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
