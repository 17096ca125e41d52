import type { Sealed } from '../event.js';
import type { AccountEvent } from './events.js';
import { accountFactsOf, type AccountFacts } from './state.js';

/** All that the events of a user's stream tell of the account: what signing in needs. */
export interface Account extends AccountFacts {
  /** The revision of the newest event. */
  readonly revision: number;
  readonly passwordHash: Sealed | null;
  readonly emailVerified: boolean;
}

/** The account after one more event; `null` is no account yet. Events are folded in the order of their revisions. */
export function evolveAccount(account: Account | null, event: AccountEvent, revision: number): Account {
  const before = account ?? { passwordHash: null, emailVerified: false };
  const after = { ...before, ...accountFactsOf(event), revision };
  switch (event.type) {
    case 'UserRegistered':
    case 'PasswordChanged':
      return { ...after, passwordHash: event.data.passwordHash };
    case 'EmailVerified':
      return { ...after, emailVerified: true };
    case 'UserErased':
      return { ...after, passwordHash: null };
    case 'RegistrationAbandoned':
    case 'AllTokensRevoked':
    case 'UserDisabled':
    case 'UserEnabled':
      return after;
  }
}
