import type { Sealed } from '../domain/event.js';
import { instantOf, type Instant } from '../domain/instant.js';
import type { Lifetimes } from '../domain/token-family/facts.js';
import type { EventStore } from '../event-store/event-store.js';
import type { AccessTokens } from '../security/access-token.js';
import type { ClientSealing } from '../security/client-sealing.js';
import type { Passwords } from '../security/passwords.js';
import type { RefreshTokens } from '../security/refresh-token.js';
import type { Sealing } from '../security/sealing.js';
import type { UserKeys } from '../security/user-keys.js';

/** What the commands stand on. The clock and the ids are handed in: the domain has none. */
export interface CommandContext {
  readonly eventStore: EventStore;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly passwords: Passwords;
  readonly userKeys: UserKeys;
  readonly sealing: Sealing;
  readonly clientSealing: ClientSealing;
  /** The stream of an e-mail address (src/security/email-lookup.ts). */
  readonly emailStream: (email: string) => string;
  readonly lifetimes: Lifetimes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

export function currentInstant({ now }: Pick<CommandContext, 'now'>): Instant {
  return instantOf(now());
}

/** Seals a value that may be missing. */
export async function sealOptional(
  { sealing }: Pick<CommandContext, 'sealing'>,
  userId: string,
  field: 'name' | 'device_name',
  value: string | undefined,
): Promise<Sealed | null> {
  return value === undefined ? null : sealing.seal(userId, field, value);
}
