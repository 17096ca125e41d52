import { earlier, type Instant } from '../src/domain/instant.js';
import type { FamilyEvent } from '../src/domain/token-family/events.js';
import type { FamilySnapshot } from '../src/domain/token-family/snapshot.js';
import type { SessionDocument } from '../src/read-model/documents.js';
import { ProjectionError, type Projection, type Reducer, type TypedEvent } from './projection.js';

/**
 * Token families → sessions, one document a `sid`. An event touches its own session alone; whether a revocation of all tokens
 * has ended it is asked of its account, beside it.
 */
export const SESSIONS: Projection<'sessions', 'token'> = {
  collection: 'sessions',
  stream: 'token',
  documentId: ({ event }) => event.data.family.sid,
  reducers: {
    TokenIssued: issued,
    TokenRotated: rotated,
    TokenRedelivered: changed(({ event, occurredAt }) => ({
      ...{ client: event.data.client, lastUsedAt: occurredAt },
      ...(event.data.contested ? { contestedAt: occurredAt } : {}),
    })),
    // The revocation that goes with it ends the session; the client that presented the old token has not used it.
    TokenReuseDetected: changed(() => ({})),
    TokenRevoked: changed(({ event, occurredAt }) => ({
      status: 'revoked',
      endReason: event.data.reason,
      // A session that had expired before ended then, whatever was noted later.
      endsAt: earlier(occurredAt, expiry(event.data.family)),
    })),
    TokenExpired: changed(({ event }) => ({
      status: 'expired',
      endReason: event.data.cause,
      endsAt: event.data.expiredAt,
    })),
    DeviceRenamed: changed(({ event }) => ({ deviceName: event.data.deviceName })),
  },
};

type Of<T extends FamilyEvent['type']> = TypedEvent<'token', T>;

function issued(document: SessionDocument | undefined, event: Of<'TokenIssued'>): SessionDocument {
  if (document !== undefined) throw new ProjectionError('the session exists already');
  const { family, deviceName, client } = event.event.data;
  return {
    id: family.sid,
    userId: event.stream.userId,
    deviceId: event.stream.deviceId,
    deviceName,
    client,
    issuedAt: family.familyIssuedAt,
    issuedPosition: event.position,
    lastUsedAt: family.familyIssuedAt,
    generation: family.generation,
    epoch: family.epoch,
    status: 'active',
    endReason: null,
    endsAt: expiry(family),
    absoluteExpiresAt: family.absoluteExpiresAt,
    contestedAt: null,
    historyId: event.historyId,
    position: event.position,
  };
}

/** Nearly all events of a log are these. Each member by itself: docs/PERFORMANCE.md has what a spread costs. */
function rotated(document: SessionDocument | undefined, event: Of<'TokenRotated'>): SessionDocument | undefined {
  const { occurredAt, historyId, position } = event;
  const { family, client } = event.event.data;
  if (document === undefined) {
    checkMayBeMissing(family, occurredAt);
    return undefined;
  }
  return {
    id: document.id,
    userId: document.userId,
    deviceId: document.deviceId,
    deviceName: document.deviceName,
    client,
    issuedAt: document.issuedAt,
    issuedPosition: document.issuedPosition,
    lastUsedAt: occurredAt,
    generation: family.generation,
    epoch: family.epoch,
    status: document.status,
    endReason: document.endReason,
    // A rotation moves the one expiry, and a shorter policy the other.
    endsAt: expiry(family),
    absoluteExpiresAt: family.absoluteExpiresAt,
    contestedAt: document.contestedAt,
    historyId,
    position,
  };
}

/** A reducer for the events after the first: what each of them says of the family, and what this type changes besides. */
function changed<T extends FamilyEvent['type']>(
  change: (event: Of<T>) => Partial<SessionDocument>,
): Reducer<'sessions', 'token', T> {
  return (document, event) => {
    // `Extract` keeps the snapshot only once the type is known; every type has it.
    const { family } = (event.event as FamilyEvent).data;
    if (document === undefined) {
      checkMayBeMissing(family, event.occurredAt);
      return undefined;
    }
    return {
      ...document,
      generation: family.generation,
      epoch: family.epoch,
      ...change(event),
      historyId: event.historyId,
      position: event.position,
    };
  };
}

/**
 * Only a family that had expired when the event occurred may have no session: retention removes what ended long ago, and a
 * sign-in on the same device may note the end of an expired family later still. There is nothing to show of it then.
 */
function checkMayBeMissing(family: FamilySnapshot, occurredAt: Instant): void {
  if (occurredAt < expiry(family)) throw new ProjectionError('the session does not exist');
}

/** When the family expires if it is not used. */
function expiry({ idleExpiresAt, absoluteExpiresAt }: FamilySnapshot): Instant {
  return earlier(idleExpiresAt, absoluteExpiresAt);
}
