import type { EventType, Sealed } from '../../domain/event.js';
import type { Instant } from '../../domain/instant.js';
import type { FamilyEvent } from '../../domain/token-family/events.js';
import type { LogEvent } from '../../event-store/event-log.js';
import type { Takes } from '../processor.js';

/** The mails there are. The first two hold a one-time code, the others are notices. */
export const MAIL_KINDS = ['verify', 'reset', 'password_changed', 'new_device', 'two_places', 'account_disabled'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** A mail that an event asks for: what of the event is needed to write it. */
export interface MailRequest {
  readonly kind: MailKind;
  /** Names the mail: its stream and its Message-ID. */
  readonly eventId: string;
  readonly userId: string;
  readonly occurredAt: Instant;
  readonly correlationId: string;
  /** The trace of the event; undefined if it has none. */
  readonly traceparent: string | undefined;
  /** Of the code; null in a notice. */
  readonly codeHash: string | null;
  /** Who did it from where; null where the event does not say. */
  readonly client: Sealed | null;
  readonly deviceName: Sealed | null;
  /** Whether the session that the mail is about has ended by the event. */
  readonly sessionEnded: boolean;
}

type Asked = Pick<MailRequest, 'kind'> & Partial<Pick<MailRequest, 'codeHash' | 'client' | 'deviceName' | 'sessionEnded'>>;
type Asks = {
  readonly [T in EventType]?: (event: Extract<LogEvent['event'], { type: T }>, revision: number) => Asked | null;
};

/** Which events ask for which mail. */
const ASKS: Asks = {
  EmailVerificationRequested: ({ data }) => ({ kind: 'verify', codeHash: data.codeHash }),
  PasswordResetRequested: ({ data }) => ({ kind: 'reset', codeHash: data.codeHash }),
  PasswordChanged: () => ({ kind: 'password_changed' }),
  UserDisabled: () => ({ kind: 'account_disabled' }),
  // The first event of a device's stream: the account did not have that device. A sign-in on a known device stands later.
  TokenIssued: ({ data }, revision) =>
    revision === 0 ? { kind: 'new_device', client: data.client, deviceName: data.deviceName } : null,
  TokenRedelivered: ({ data }) => (isFirstContest(data) ? { kind: 'two_places', client: data.client } : null),
  TokenReuseDetected: ({ data }) => ({ kind: 'two_places', client: data.client, sessionEnded: true }),
};

/** What the mailer reads of the log. */
export const MAIL_TAKES: Takes = { streams: ['user', 'token'], types: Object.keys(ASKS) as EventType[] };

/** The mail that an event asks for; null if it asks for none. */
export function mailAskedFor({ stream, event, revision, ...of }: LogEvent): MailRequest | null {
  if (stream.kind !== 'user' && stream.kind !== 'token') return null;
  const ask = ASKS[event.type] as ((event: LogEvent['event'], revision: number) => Asked | null) | undefined;
  const asked = ask?.(event, revision) ?? null;
  if (asked === null) return null;
  const { id: eventId, occurredAt, correlationId, traceparent } = of;
  const unsaid = { codeHash: null, client: null, deviceName: null, sessionEnded: false };
  return { ...unsaid, ...asked, eventId, userId: stream.userId, occurredAt, correlationId, traceparent };
}

/** One notice a family: not again for another holder of the same generation, nor for a later generation. */
function isFirstContest({ contested, family }: Extract<FamilyEvent, { type: 'TokenRedelivered' }>['data']): boolean {
  return contested && family.token.lastContested === null && family.contested?.holders.length === 1;
}
