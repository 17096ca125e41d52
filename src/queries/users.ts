import type { AccountStatus, Role } from '../domain/account/snapshot.js';
import type { Sealed } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { AccountDocument } from '../read-model/documents.js';
import type { SessionReader } from '../read-model/read-model.js';
import { SealError } from '../security/aes-gcm.js';
import type { SealedField, Sealing } from '../security/sealing.js';
import { isActive } from './session-standing.js';

/** An account as administrators and operators see it. */
export interface ListedUser {
  readonly userId: string;
  /** Null if the user's key is gone, or does not open it. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly status: AccountStatus;
  readonly roles: readonly Role[];
  readonly createdAt: Instant;
}

export interface UserWithSessions extends ListedUser {
  readonly activeSessions: number;
}

export interface UsersPage {
  readonly users: readonly ListedUser[];
  /** The id after which the next page begins; null if this is the last. */
  readonly next: string | null;
}

export interface UsersOptions {
  readonly sessions: Pick<SessionReader, 'account' | 'accountByEmailKey' | 'accountsAfter' | 'activeSessionsOf'>;
  readonly sealing: Pick<Sealing, 'open'>;
  /** Another tool has changed a user's key or what was sealed under it. The others are listed all the same. */
  readonly onUnreadable: (error: SealError) => void;
  /** The key of an email's stream; the email is a normal form. */
  readonly emailKey: (email: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Everybody's accounts, from the read model. All reject with `StoreUnavailableError` when a store they need does not answer. */
export class Users {
  readonly #options: UsersOptions;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  /** Accounts in the order of their ids, after an id. */
  async page({ limit, after }: { readonly limit: number; readonly after: string | null }): Promise<UsersPage> {
    const found = await this.#options.sessions.accountsAfter(after, limit + 1);
    const shown = found.slice(0, limit);
    const users = await Promise.all(shown.map((account) => this.#listed(account)));
    return { users, next: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }

  /** The account that has an email, which is a normal form; null if nobody has it. */
  async byEmail(email: string): Promise<ListedUser | null> {
    const account = await this.#options.sessions.accountByEmailKey(this.#options.emailKey(email));
    return account && this.#listed(account);
  }

  /** One account with the number of its sessions that are active now; null if there is none. */
  async find(userId: string): Promise<UserWithSessions | null> {
    const { sessions, now } = this.#options;
    // Sessions first, account second: the account then knows every revocation that the sessions may have missed.
    const active = await sessions.activeSessionsOf(userId);
    const account = await sessions.account(userId);
    if (account === null) return null;
    const at = now();
    const activeSessions = active.filter((session) => isActive(session, account, at)).length;
    return { ...(await this.#listed(account)), activeSessions };
  }

  async #listed(account: AccountDocument): Promise<ListedUser> {
    const { id: userId, emailVerified, status, roles, registeredAt: createdAt } = account;
    const [email, name] = await Promise.all([
      this.#opened(userId, 'email', account.email),
      this.#opened(userId, 'name', account.name),
    ]);
    return { userId, email, emailVerified, name, status, roles, createdAt };
  }

  async #opened(userId: string, field: SealedField, sealed: Sealed | null): Promise<string | null> {
    if (sealed === null) return null;
    try {
      return await this.#options.sealing.open(userId, field, sealed);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      this.#options.onUnreadable(error);
      return null;
    }
  }
}
