import { earlier, type Instant } from '../src/domain/instant.js';
import type { RecordedEvent } from '../src/event-store/event-store.js';
import type { SessionDocument } from '../src/read-model/documents.js';
import {
  count,
  fieldsOf,
  instant,
  occurredAt,
  oneOf,
  ProjectionError,
  text,
  textOrNull,
  type Fields,
} from './event-data.js';
import type { Projection, Reducer } from './projection.js';

/**
 * Token families → sessions, one document a `sid`. An event touches its own session alone; a revocation of all tokens is seen
 * by asking the account beside it (src/queries/active-session.ts).
 */
export const SESSIONS: Projection<'sessions'> = {
  collection: 'sessions',
  streamPrefix: 'token-',
  documentId: (event) => text(fieldsOf(event), 'sid'),
  reducers: {
    TokenIssued: issued,
    TokenRotated: changed((fields, event) => ({ ...used(fields, event), endsAt: expiry(fields) })),
    TokenRedelivered: changed(used),
    // The revocation that goes with it ends the session; whoever presented the old token has not used it.
    TokenReuseDetected: changed(() => ({})),
    TokenRevoked: changed((fields, event) => ({
      status: 'revoked',
      endReason: text(fields, 'reason'),
      // One that had expired before ended then, whatever was noted later.
      endsAt: earlier(occurredAt(event), expiry(fields)),
    })),
    TokenExpired: changed((fields) => ({
      status: 'expired',
      endReason: oneOf(fields, 'cause', ['idle', 'absolute']),
      endsAt: instant(fields, 'expiredAt'),
    })),
  },
};

function issued(document: SessionDocument | undefined, event: RecordedEvent): SessionDocument {
  if (document !== undefined) throw new ProjectionError('the session exists already');
  const fields = fieldsOf(event);
  const issuedAt = instant(fields, 'issuedAt');
  return {
    id: text(fields, 'sid'),
    userId: text(fields, 'userId'),
    deviceId: text(fields, 'deviceId'),
    deviceName: textOrNull(fields, 'deviceName'),
    client: textOrNull(fields, 'client'),
    issuedAt,
    lastUsedAt: issuedAt,
    generation: count(fields, 'generation'),
    epoch: count(fields, 'epoch'),
    status: 'active',
    endReason: null,
    endsAt: expiry(fields),
    absoluteExpiresAt: instant(fields, 'absoluteExpiresAt'),
    position: event.position,
  };
}

/** A reducer for the events after the first: what all of them say of the family, and what this one changes besides. */
function changed(change: (fields: Fields, event: RecordedEvent) => Partial<SessionDocument>): Reducer<'sessions'> {
  return (document, event) => {
    const fields = fieldsOf(event);
    if (document === undefined) {
      checkMayBeMissing(fields, event);
      return undefined;
    }
    return {
      ...document,
      generation: count(fields, 'generation'),
      epoch: count(fields, 'epoch'),
      ...change(fields, event),
      position: event.position,
    };
  };
}

/**
 * Only a family that had expired when the event occurred may have no session: retention removes what ended long ago, and a
 * sign-in on the same device may note the end of such a family later still. Nothing is to be shown of it then.
 */
function checkMayBeMissing(fields: Fields, event: RecordedEvent): void {
  if (occurredAt(event) < expiry(fields)) throw new ProjectionError('no such session');
}

function used(fields: Fields, event: RecordedEvent): Partial<SessionDocument> {
  return { client: textOrNull(fields, 'client'), lastUsedAt: occurredAt(event) };
}

/** When the family expires if it is not used. */
function expiry(fields: Fields): Instant {
  return earlier(instant(fields, 'idleExpiresAt'), instant(fields, 'absoluteExpiresAt'));
}
