import type { Sealed } from '../domain/event.js';
import type { FamilyPolicy } from '../domain/token-family/policy.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Alarms } from '../event-store/load.js';
import type { Position } from '../event-store/position.js';
import type { SessionReader } from '../read-model/read-model.js';
import type { AccessTokens } from '../security/access-token.js';
import type { Attempts } from '../security/attempts.js';
import type { ClientSealing } from '../security/client-sealing.js';
import type { ClientTags } from '../security/client-tags.js';
import type { MailCodes } from '../security/mail-codes.js';
import type { PasswordPolicy } from '../security/password-policy.js';
import type { Passwords } from '../security/passwords.js';
import type { RefreshTokens } from '../security/refresh-token.js';
import type { Sealing } from '../security/sealing.js';
import type { UserKeys } from '../security/user-keys.js';

/** Waits until the read model shows a position: true once it does, false if it does not in time. */
export type WaitForPosition = (position: Position, timeoutMs: number) => Promise<boolean>;

/** What the commands stand on. Clock and ids are handed in: the domain has none. */
export interface CommandContext {
  readonly eventLog: EventLog;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly attempts: Attempts;
  readonly clientTags: ClientTags;
  readonly mailCodes: MailCodes;
  /** How long codes in mails are valid, in milliseconds. */
  readonly resetCodeMs: number;
  readonly verifyCodeMs: number;
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly userKeys: UserKeys;
  readonly sealing: Sealing;
  readonly clientSealing: ClientSealing;
  /** The key of an email's stream; the email is a normal form. */
  readonly emailKey: (email: string) => string;
  readonly policy: FamilyPolicy;
  readonly registrationIsOpen: boolean;
  /** The family issued first ends when a user has more. */
  readonly maxSessionsPerUser: number;
  /** Where to look for a user's families, for the limit of sessions: never a reason to decide. */
  readonly sessions: SessionReader;
  readonly waitForPosition: WaitForPosition;
  readonly alarms: Alarms;
  /** Called when a family was ended otherwise than by its own user's request, for the metrics. */
  readonly onEnded: (reason: 'superseded' | 'session_limit' | 'admin' | 'disabled' | 'erased') => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  /** One for an event, in the order of time (version 7, RFC 9562 §5.7): what is searched by it grows at its end, and not everywhere. */
  readonly newEventId: () => string;
}

/** Seals a value that may be missing. */
export async function sealOptional(
  { sealing }: Pick<CommandContext, 'sealing'>,
  userId: string,
  field: 'name' | 'device_name' | 'note',
  value: string | null,
): Promise<Sealed | null> {
  return value === null ? null : sealing.seal(userId, field, value);
}
