import type { AccountEvent, EmailEvent } from './account/events.js';
import type { LogHistoryEvent, SealEvent } from './log/events.js';
import type { MailEvent } from './mail/events.js';
import type { FamilyEvent } from './token-family/events.js';

/** What happened: its type and its data. Where and when is said by the log (`LogEvent` in src/event-store). */
export interface Happening<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}

/** Every event there is, by the kind of stream it stands in. */
export interface EventsByStream {
  readonly token: FamilyEvent;
  readonly user: AccountEvent;
  readonly email: EmailEvent;
  readonly mail: MailEvent;
  readonly seal: SealEvent;
  readonly log: LogHistoryEvent;
}
export type DomainEvent = EventsByStream[keyof EventsByStream];
export type EventType = DomainEvent['type'];

/** Who or what caused an event. */
export type Actor = 'user' | 'anonymous' | 'system' | `operator:${string}` | `admin:${string}` | `client:${string}`;

/** A personal value encrypted under its user's own key (src/security/sealing.ts); opaque to the domain. */
export type Sealed = string;
