import type { AdminCommands, AdministrationResult } from '../commands/admin-commands.js';
import type { Administration } from '../commands/administer-user.js';
import type { Authority } from '../commands/commands.js';
import type { AccountStatus } from '../domain/account/snapshot.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { devicesView } from '../http/device-views.js';
import { userWithSessionsView } from '../http/user-views.js';
import type { Queries } from '../queries/queries.js';
import type { Users } from '../queries/users.js';
import { normalEmail } from '../security/email-address.js';
import { OperatorRefusedError } from './errors.js';
import type { ErasureReport } from './erasure-report.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAGE = 100;
const NO_SESSION = '00000000-0000-4000-8000-000000000000';

export interface UserActionsOptions {
  readonly admin: AdminCommands;
  readonly users: Users;
  readonly queries: Pick<Queries, 'devices' | 'session'>;
  /** Who has an email, which is a normal form, by the log; null if nobody has. */
  readonly idOfEmail: (email: string) => Promise<string | null>;
  /** Resolves once the read model shows the log as it is now. Rejects if that takes too long. */
  readonly caughtUp: () => Promise<void>;
  /** Carries an erasure out, which is in the log, and says how far it has come. Rejects as the stores do. */
  readonly carryOut: (userId: string) => Promise<ErasureReport>;
  /**
   * Erases what is left of a user whose stream was destroyed at the store, and says how far it has come; null if there is no such user.
   * Rejects as the stores do.
   */
  readonly carryOutWithoutStream: (userId: string) => Promise<ErasureReport | null>;
  /** Makes a change of the log: where no server runs, one that its high-water mark covers. Rejects as that does. */
  readonly changing: <T>(change: () => Promise<T>) => Promise<T>;
  readonly newId: () => string;
}

/** One change of an account: what to do, and in which statuses nothing is left to do. */
export interface UserChange {
  readonly change: (admin: AdminCommands, of: Administration) => Promise<AdministrationResult>;
  readonly fits: readonly AccountStatus[];
}

/** What an operator's change answers. */
export interface ChangedUser {
  readonly user_id: string;
  /** False: it was so already. */
  readonly changed: boolean;
}

/**
 * What operators ask about users and do to them. A user is named by id or email. All reject with `OperatorRefusedError` for one
 * that there is not, and as the stores do.
 */
export class UserActions {
  readonly #options: UserActionsOptions;

  constructor(options: UserActionsOptions) {
    this.#options = options;
  }

  /** One user, with the number of active sessions. */
  async show(who: string): Promise<object> {
    const userId = await this.#idOf(who);
    await this.#options.caughtUp();
    const user = await this.#options.users.find(userId);
    if (user === null) throw noSuchUser(who);
    return userWithSessionsView(user);
  }

  /** All users in the order of their ids. */
  async *list(): AsyncGenerator<object, void, void> {
    const { users, caughtUp } = this.#options;
    await caughtUp();
    for (let after: string | null = null; ;) {
      const page = await users.page({ limit: PAGE, after });
      for (const { userId } of page.users) {
        const user = await users.find(userId);
        if (user !== null) yield userWithSessionsView(user);
      }
      if (page.next === null) return;
      after = page.next;
    }
  }

  /** The active sessions of a user, as in the user's own list of devices. */
  async *sessions(who: string): AsyncGenerator<object, void, void> {
    const { queries, users, caughtUp } = this.#options;
    const userId = await this.#idOf(who);
    await caughtUp();
    if ((await users.find(userId)) === null) throw noSuchUser(who);
    let page = await queries.devices({ userId, sid: NO_SESSION }, { limit: PAGE });
    for (;;) {
      yield* devicesView(page).devices;
      if (page.next === null) return;
      page = await queries.devices({ userId, sid: NO_SESSION }, { limit: PAGE, after: page.next });
    }
  }

  change(who: string, by: Authority, change: UserChange): Promise<ChangedUser> {
    return this.#options.changing(() => this.#change(who, by, change));
  }

  endSession(who: string, by: Authority, sid: string): Promise<ChangedUser & { readonly session_id: string }> {
    return this.#options.changing(() => this.#endSession(who, by, sid));
  }

  /** Erases a user; asked again, it says how far that has come. */
  erase(who: string, by: Authority): Promise<ErasureReport> {
    return this.#options.changing(() => this.#erase(who, by));
  }

  async #change(who: string, by: Authority, { change, fits }: UserChange): Promise<ChangedUser> {
    const userId = await this.#idOf(who);
    const result = await change(this.#options.admin, this.#administration(userId, by));
    if (result.outcome === 'not_found') throw noSuchUser(who);
    if (result.outcome === 'unchanged' && !fits.includes(result.status))
      throw new OperatorRefusedError(`the account is ${result.status}`);
    return { user_id: userId, changed: result.outcome === 'done' };
  }

  async #endSession(who: string, by: Authority, sid: string): Promise<ChangedUser & { readonly session_id: string }> {
    const { admin, queries, caughtUp } = this.#options;
    const userId = await this.#idOf(who);
    await caughtUp();
    const session = await queries.session({ userId, sid: NO_SESSION }, sid.toLowerCase());
    if (session === null) throw new OperatorRefusedError(`the user has no session ${sid}`);
    const of = { sid: session.id, deviceId: session.deviceId };
    const ended = await admin.endSession(this.#administration(userId, by), of);
    return { user_id: userId, session_id: session.id, changed: ended.outcome === 'done' };
  }

  async #erase(who: string, by: Authority): Promise<ErasureReport> {
    const userId = await this.#idOf(who);
    const result = await this.#options.admin.erase(this.#administration(userId, by));
    if (result.outcome !== 'not_found') return this.#carriedOut(userId);
    // What other streams hold of the user is readable as long as the key is there.
    const report = await this.#options.carryOutWithoutStream(userId);
    if (report === null) throw noSuchUser(who);
    return report;
  }

  /** The event is appended by now, and stays. */
  async #carriedOut(userId: string): Promise<ErasureReport> {
    try {
      return await this.#options.carryOut(userId);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      throw new OperatorRefusedError(
        `the account is erased, for good, but not all of it could be carried out yet (${error.message}): the server does that once it can; ` +
          'ask again to see how far it has come',
      );
    }
  }

  async #idOf(who: string): Promise<string> {
    const id = who.trim().toLowerCase();
    if (UUID.test(id)) return id;
    const email = normalEmail(who);
    const userId = email === null ? null : await this.#options.idOfEmail(email);
    if (userId === null) throw noSuchUser(who);
    return userId;
  }

  #administration(userId: string, by: Authority): Administration {
    return { by, userId, source: { correlationId: this.#options.newId() } };
  }
}

function noSuchUser(who: string): OperatorRefusedError {
  return new OperatorRefusedError(`there is no user ${who}`);
}
