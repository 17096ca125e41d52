import { createAdminCommands } from '../commands/admin-commands.js';
import { emailKeyOf } from '../commands/administer-user.js';
import type { CommandContext } from '../commands/context.js';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import { emailStream } from '../domain/streams.js';
import { loadAccount, newestOf } from '../event-store/load.js';
import { OperatorRefusedError } from '../operator/errors.js';
import { erasureReport } from '../operator/erasure-report.js';
import { UserActions } from '../operator/user-actions.js';
import { eraseUsers, eraseWithoutStream, tracesRemoved } from '../processors/erase-user.js';
import { Queries } from '../queries/queries.js';
import { Users, type UsersOptions } from '../queries/users.js';
import type { Erasure } from './erasure.js';
import type { Stores } from './stores.js';

const WAIT_MS = 5_000;

export interface UserActionsParts {
  readonly config: Pick<Config, 'dataDir' | 'keysFile'>;
  readonly context: CommandContext;
  readonly stores: Stores;
  readonly erasure: Erasure;
  /** Resolves once the read model shows the log as it is now. */
  readonly caughtUp: () => Promise<void>;
  readonly onUnreadable: UsersOptions['onUnreadable'];
  /** Makes a change of the log. */
  readonly changing: <T>(change: () => Promise<T>) => Promise<T>;
}

/** What the operator's tool may do to users, in a server or in the tool alone. */
export function openUserActions(parts: UserActionsParts): UserActions {
  const { config, context, stores, erasure, caughtUp, changing, onUnreadable } = parts;
  const { readModel, keyStore } = stores;
  return new UserActions({
    admin: createAdminCommands(context),
    users: new Users({ ...context, onUnreadable }),
    queries: new Queries(context),
    idOfEmail: async (email) => {
      const key = context.emailKey(email);
      const claim = await newestOf(context, emailStream(key));
      // The claim's stream may have been destroyed at the store: the read model knows it still.
      if (claim === null) return (await context.sessions.accountByEmailKey(key))?.id ?? null;
      return claim.event.type === 'EmailClaimed' ? claim.event.data.userId : null;
    },
    caughtUp,
    changing,
    // At once, so that the answer says since when; the eraser finds it done.
    carryOut: async (userId) => {
      const emailKey = await emailKeyOf(context, userId);
      if (emailKey !== null) {
        await eraseUsers(erasure.context, [{ userId, emailKey, correlationId: context.newId() }]);
        await tracesRemoved(erasure.context);
      }
      return erasureReport({ keyStore, keysFile: dataFiles(config).keys }, userId);
    },
    carryOutWithoutStream: async (userId) => {
      // From the leader: who has just registered is no such user.
      const isThere = (await loadAccount(context, userId, { fromLeader: true })) !== null;
      if (isThere || (await keyStore.get(userId)) === null) return null;
      const emailKey = (await readModel.account(userId))?.emailKey ?? null;
      await eraseWithoutStream(erasure.context, { userId, emailKey, correlationId: context.newId() });
      await tracesRemoved(erasure.context);
      return erasureReport({ keyStore, keysFile: dataFiles(config).keys }, userId);
    },
    newId: context.newId,
  });
}

/** Waits for the projector of a running server. Rejects with `OperatorRefusedError` if the read model stays behind. */
export function caughtUpWithin({ eventLog, waitForPosition }: CommandContext): () => Promise<void> {
  return async () => {
    const end = await eventLog.end();
    if (end === null || (await waitForPosition(end, WAIT_MS))) return;
    throw new OperatorRefusedError('the read model is behind the log: look at /readyz, and ask again later');
  };
}
