import { lives } from '../domain/account/state.js';
import { instantOf } from '../domain/instant.js';
import type { AccountDocument, SessionDocument } from '../read-model/documents.js';
import type { EndingPage, ReadModel } from '../read-model/read-model.js';
import { isRemovable } from './retention.js';

const PAGE = 200;
const AT_ONCE = 8;

export interface SweepOptions {
  readonly readModel: Pick<ReadModel, 'sessionsEnding' | 'accounts' | 'removeSessions'>;
  /** ExpireToken: whether the expiry was noted by this call. */
  readonly expire: (session: {
    readonly userId: string;
    readonly deviceId: string;
    readonly sid: string;
  }) => Promise<boolean>;
  /** How long an ended session stays in the read model. */
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How many sessions a sweep tried to expire, how many expiries it noted, and how many ended sessions it removed. */
export interface SweepResult {
  readonly tried: number;
  readonly expired: number;
  readonly removed: number;
}

/**
 * Notes in the log which families have expired, page by page, then removes from the read model what ended long ago. The read
 * model only tells where to look: the streams decide. `between` is called between pages; a sweep ends early if it says so.
 * Rejects with `StoreUnavailableError`; what was done by then stays done.
 */
export async function sweep(options: SweepOptions, between: () => Promise<boolean>): Promise<SweepResult> {
  const startedAt = options.now();
  let tried = 0;
  let expired = 0;
  const due = pages(options, { endsBy: instantOf(startedAt), activeOnly: true, limit: PAGE });
  for await (const sessions of due) {
    if (!(await between())) return { tried, expired, removed: 0 };
    const accounts = await accountsOf(options, sessions);
    const families = sessions.filter((session) => mayHaveExpired(session, accounts.get(session.userId)));
    tried += families.length;
    expired += await expireAll(families, options.expire);
  }
  return { tried, expired, removed: await removeOld(options, startedAt, between) };
}

/** Those that a revocation of all tokens has ended before they were due are over without an expiry. */
function mayHaveExpired({ id: sid, epoch, endsAt }: SessionDocument, account: AccountDocument | undefined): boolean {
  if (account === undefined) return false;
  return lives({ sid, epoch }, account) || (account.revokedAt !== null && endsAt <= account.revokedAt);
}

/** Removes what ended before retention: but nothing whose expiry the log does not hold yet. */
async function removeOld(options: SweepOptions, startedAt: number, between: () => Promise<boolean>): Promise<number> {
  let removed = 0;
  const endedBefore = instantOf(startedAt - options.retentionMs);
  const old = pages(options, { endsBy: endedBefore, limit: PAGE });
  for await (const sessions of old) {
    if (!(await between())) break;
    const accounts = await accountsOf(options, sessions);
    const removable = sessions.filter((session) => isRemovable(session, accounts.get(session.userId), endedBefore));
    await options.readModel.removeSessions(removable);
    removed += removable.length;
  }
  return removed;
}

async function* pages(
  { readModel }: SweepOptions,
  first: EndingPage,
): AsyncGenerator<readonly SessionDocument[], void, void> {
  let page = first;
  for (;;) {
    const sessions = await readModel.sessionsEnding(page);
    if (sessions.length > 0) yield sessions;
    const last = sessions.at(-1);
    if (last === undefined || sessions.length < page.limit) return;
    page = { ...page, after: last };
  }
}

async function accountsOf(
  { readModel }: SweepOptions,
  sessions: readonly SessionDocument[],
): Promise<ReadonlyMap<string, AccountDocument>> {
  const accounts = await readModel.accounts([...new Set(sessions.map(({ userId }) => userId))]);
  return new Map(accounts.map((account) => [account.id, account]));
}

async function expireAll(families: readonly SessionDocument[], expire: SweepOptions['expire']): Promise<number> {
  let expired = 0;
  for (let from = 0; from < families.length; from += AT_ONCE) {
    const some = families.slice(from, from + AT_ONCE);
    const noted = await Promise.all(some.map(({ id, userId, deviceId }) => expire({ userId, deviceId, sid: id })));
    expired += noted.filter(Boolean).length;
  }
  return expired;
}
