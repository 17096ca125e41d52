import { emailStream } from '../domain/streams.js';
import type { Instant } from '../domain/instant.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Alarms } from '../event-store/load.js';
import { newestOf } from '../event-store/load.js';
import { retryOnConflict, sleep } from '../event-store/waiting.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { ExpiryCandidates, SessionReader } from '../read-model/read-model.js';

/** What an erasure works on. */
export interface ErasureContext {
  readonly eventLog: Pick<EventLog, 'readNewest' | 'append' | 'end'>;
  readonly alarms: Alarms;
  /** Destroys a user's key and forgets what is remembered of it. */
  readonly destroyKey: (userId: string, at: Instant) => Promise<void>;
  readonly keyStore: Pick<KeyStore, 'removeTraces'>;
  readonly readModel: Pick<SessionReader, 'activeSessionsOf' | 'endedSessionsOf'> &
    Pick<ExpiryCandidates, 'removeSessions'>;
  readonly waitForPosition: (position: string, timeoutMs: number) => Promise<boolean>;
  /** Removes mails of the user that lie in files of ours. */
  readonly removeMails: (userId: string) => Promise<void>;
  /** Adds the ids of users to the list that is applied again at every restore; harmless to repeat. */
  readonly remember: (userIds: readonly string[]) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
  readonly newId: () => string;
}

/** Who was erased. `emailKey` names the stream of the email. */
export interface ErasedUser {
  readonly userId: string;
  readonly emailKey: string;
  readonly correlationId: string;
}

const PAGE = 500;
const WAIT_MS = 10_000;
const TRACES_PAUSES_MS = [20, 50, 100, 250, 500];

/**
 * Erases users: lists them, makes their data unreadable, removes their sessions. Each step may be done again. Rejects as the
 * stores do, also where a list that cannot be written is all that is left to do: an erasure that a restore undoes is not final.
 */
export async function eraseUsers(context: ErasureContext, users: readonly ErasedUser[]): Promise<void> {
  // Listed first, so that a restore at any moment finds them; but a full disk there keeps nobody's data readable.
  const [listed] = await Promise.allSettled([context.remember(users.map(({ userId }) => userId))]);
  // All keys next: neither does a read model that does not answer.
  for (const user of users) await makeUnreadable(context, user);
  await removeSessions(context, users);
  if (listed.status === 'rejected') throw listed.reason;
}

/**
 * Erases what is left of a user whose own stream was destroyed at the store, so that nothing can be appended to it: lists the user, makes
 * the data in other streams unreadable. `emailKey` is null where nothing names it any more. The sessions stay in the read model, as a
 * rebuild makes them: the log does not say that the user was erased. Rejects as the stores do.
 */
export async function eraseWithoutStream(
  context: ErasureContext,
  { emailKey, ...user }: Omit<ErasedUser, 'emailKey'> & { readonly emailKey: string | null },
): Promise<void> {
  const [listed] = await Promise.allSettled([context.remember([user.userId])]);
  if (emailKey !== null) await releaseEmail(context, { ...user, emailKey });
  await destroyKeyAndMails(context, user.userId);
  if (listed.status === 'rejected') throw listed.reason;
}

/** Releases the address and destroys the key, so that nothing of the user can be read any more. Rejects as the stores do. */
export async function makeUnreadable(context: ErasureContext, user: ErasedUser): Promise<void> {
  await releaseEmail(context, user);
  await destroyKeyAndMails(context, user.userId);
}

async function destroyKeyAndMails(context: ErasureContext, userId: string): Promise<void> {
  await context.destroyKey(userId, context.now());
  await context.removeMails(userId);
}

/** Whether no file of the key store holds a destroyed key any more. Tries for about a second: a reader that holds the file up, a backup for example, takes longer. */
export async function tracesRemoved({ keyStore }: Pick<ErasureContext, 'keyStore'>): Promise<boolean> {
  for (const pauseMs of TRACES_PAUSES_MS) {
    if (await keyStore.removeTraces()) return true;
    await sleep(pauseMs);
  }
  return keyStore.removeTraces();
}

/**
 * Removes the users' sessions from the read model. It must show the whole log first, or a projector that is behind would bring
 * them back. Rejects with `StoreUnavailableError` if it does not in time.
 */
export async function removeSessions(context: ErasureContext, users: readonly Pick<ErasedUser, 'userId'>[]): Promise<void> {
  const end = await context.eventLog.end();
  if (end !== null && !(await context.waitForPosition(end, WAIT_MS)))
    throw new StoreUnavailableError(
      'read model',
      'it is behind the log, so an erased user’s sessions cannot be removed yet',
    );
  for (const { userId } of users) {
    await removeSessionsOf(context.readModel, userId);
    // Once more: one may have been on its way when the account was erased.
    await context.removeMails(userId);
  }
}

/** Removes all sessions of a user that a read model shows. */
export async function removeSessionsOf(readModel: ErasureContext['readModel'], userId: string): Promise<void> {
  await readModel.removeSessions(await readModel.activeSessionsOf(userId));
  for (;;) {
    const ended = await readModel.endedSessionsOf(userId, PAGE);
    if (ended.length === 0) return;
    await readModel.removeSessions(ended);
  }
}

/** Appends `EmailReleased` at the revision of the user's own claim; nothing if the email is somebody else's, or free, by now. */
async function releaseEmail(context: ErasureContext, { userId, emailKey, correlationId }: ErasedUser): Promise<void> {
  const stream = emailStream(emailKey);
  await retryOnConflict(async () => {
    const newest = await newestOf(context, stream);
    if (newest?.event.type !== 'EmailClaimed' || newest.event.data.userId !== userId) return;
    const released = {
      ...{ id: context.newId(), occurredAt: context.now(), actor: 'system' as const, correlationId },
      event: { type: 'EmailReleased' as const, data: { userId } },
    };
    await context.eventLog.append(stream, [released], newest.revision);
  });
}
