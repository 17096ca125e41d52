import type { Actor } from '../domain/event.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { Takes } from './processor.js';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';

/** The events that may be worth a message. */
export const TAKES: Takes = {
  streams: ['token', 'user'],
  types: ['TokenRevoked', 'TokenExpired', 'PasswordChanged', 'AllTokensRevoked'],
};

/** What a receiver is sent of one event: the claims of a security event token (RFC 8417 §2.2) that do not depend on who signs. */
export interface RevocationMessage {
  /** The id of the event. */
  readonly jti: string;
  readonly txn: string;
  readonly sub_id: object;
  /** Exactly one, by its URI (CAEP 1.0 §3). */
  readonly events: Readonly<Record<string, object>>;
}

/** Whom a message is about: one session, or a user with all sessions. */
interface Subject {
  readonly userId: string;
  readonly sid?: string;
}

const REASONS = {
  logout: 'The user signed out.',
  superseded: 'The user signed in again on the same device.',
  device_removed: 'The user removed the device.',
  reuse: 'A refresh token was used by somebody else too.',
  admin: 'An administrator ended it.',
  session_limit: 'The user had too many sessions.',
  logout_all: 'The user signed out everywhere.',
  disabled: 'The account was disabled.',
  erased: 'The account was erased.',
  policy: 'The longest life of a session was shortened.',
} as const;

/**
 * The message that an event is worth; null for most. A change of the password is one message, and the revocation that belongs to it
 * none. A session that expires as it was to expire is none either: its access tokens end no later.
 */
export function revocationMessage(logged: LogEvent, issuer: string): RevocationMessage | null {
  const { stream, event } = logged;
  if (stream.kind !== 'token' && stream.kind !== 'user') return null;
  const { userId } = stream;
  switch (event.type) {
    case 'TokenRevoked':
      return revoked(logged, issuer, { userId, sid: event.data.family.sid }, { reason: event.data.reason });
    case 'TokenExpired': {
      const { family, expiredAt } = event.data;
      if (expiredAt >= family.idleExpiresAt) return null;
      return revoked(logged, issuer, { userId, sid: family.sid }, { reason: 'policy' });
    }
    case 'PasswordChanged':
      return message(logged, issuer, { userId }, [
        'credential-change',
        { credential_type: 'password', change_type: 'update' },
      ]);
    case 'AllTokensRevoked': {
      const { reason, account } = event.data;
      if (reason === 'password_changed' || reason === 'password_reset') return null;
      return revoked(logged, issuer, { userId }, { reason, keptSid: account.kept?.sid });
    }
    default:
      return null;
  }
}

function revoked(
  logged: LogEvent,
  issuer: string,
  subject: Subject,
  { reason, keptSid }: { readonly reason: keyof typeof REASONS; readonly keptSid?: string | undefined },
): RevocationMessage {
  const isPolicy = reason === 'session_limit' || reason === 'policy' || reason === 'superseded';
  return message(logged, issuer, subject, [
    'session-revoked',
    {
      ...(isPolicy ? { initiating_entity: 'policy' } : {}),
      reason_admin: { en: REASONS[reason] },
      ...(keptSid === undefined ? {} : { kept_session_id: keptSid }),
    },
  ]);
}

function message(
  { id, correlationId, occurredAt, actor }: LogEvent,
  issuer: string,
  { userId, sid }: Subject,
  [type, members]: readonly [type: string, members: object],
): RevocationMessage {
  const user = { format: 'iss_sub', iss: issuer, sub: userId };
  const session = sid === undefined ? {} : { session: { format: 'opaque', id: sid } };
  const event = { event_timestamp: Math.floor(occurredAt / 1000), initiating_entity: entityOf(actor), ...members };
  return {
    jti: id,
    txn: correlationId,
    sub_id: { format: 'complex', ...session, user },
    events: { [CAEP + type]: event },
  };
}

/** CAEP 1.0 §2: `admin`, `user`, `policy` or `system`. */
function entityOf(actor: Actor): 'admin' | 'user' | 'system' {
  if (actor === 'system') return 'system';
  return actor.startsWith('admin:') || actor.startsWith('operator:') ? 'admin' : 'user';
}
