import type { AccountEvent } from '../../src/domain/account/events.js';
import type { EventsByStream } from '../../src/domain/event.js';
import { tokenStream, userStream, type StreamKind } from '../../src/domain/streams.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { positionOf } from '../../src/event-store/position.js';
import type { AccountDocument, SessionDocument } from '../../src/read-model/documents.js';
import { ACCOUNTS } from '../../projections/accounts.js';
import { reduce } from '../../projections/projection.js';
import { SESSIONS } from '../../projections/sessions.js';
import { aFamily, NOW } from './event-log/some-family.js';

export const DAY = 86_400_000;
export const DEVICE = tokenStream('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
export const USER = userStream(DEVICE.userId);

/** An event at a place of the log, which also is its revision. */
export function at<K extends StreamKind>(
  stream: LogEvent<K>['stream'],
  place: number,
  event: EventsByStream[K],
  occurredAt = NOW + place,
): LogEvent<K> {
  const where = { stream, revision: place, position: positionOf(place), id: `event ${place}`, historyId: 'history' };
  return { ...where, occurredAt, actor: 'user', correlationId: 'test', event };
}

/** A family without anything random. */
export const family = (generation = 0, change: Partial<ReturnType<typeof aFamily>> = {}): ReturnType<typeof aFamily> => ({
  ...aFamily(generation),
  token: {
    ...{ jti: 'jti', keyId: 'key', tokenIssuedAt: NOW, revision: 0, runId: 'run' },
    ...{ lastContested: null, nameRevision: null },
  },
  ...{ attempt: null, tag: null, ...change },
});

/** The session that these events make; undefined for none. */
export const session = (...events: readonly FamilyEvent[]): SessionDocument | undefined =>
  events.reduce<SessionDocument | undefined>(
    (document, event, index) => reduce(SESSIONS, document, at(DEVICE, index + 1, event)),
    undefined,
  );

/** The account likewise. */
export const account = (...events: readonly AccountEvent[]): AccountDocument | undefined =>
  events.reduce<AccountDocument | undefined>(
    (document, event, index) => reduce(ACCOUNTS, document, at(USER, index + 1, event)),
    undefined,
  );

export const ISSUED: FamilyEvent = { type: 'TokenIssued', data: { family: family(), deviceName: 'name', client: 'first' } };
export const rotated = (generation: number, change = {}): FamilyEvent => ({
  type: 'TokenRotated',
  data: { family: family(generation, change), client: `client ${generation}` },
});
