import { StoreUnavailableError } from '../domain/unavailable.js';
import { lives } from '../domain/account/state.js';
import type { Instant } from '../domain/instant.js';
import type { AccountDocument, SessionDocument } from '../read-model/documents.js';
import { endedByRevocation } from '../read-model/ended-by-revocation.js';
import type { EndingPage, ExpiryCandidates } from '../read-model/read-model.js';
import { isRemovable } from './retention.js';

const PAGE = 200;
const AT_ONCE = 8;

export interface SweepOptions {
  readonly readModel: ExpiryCandidates;
  /** ExpireToken: whether the expiry was noted by this call. */
  readonly expire: (session: {
    readonly userId: string;
    readonly deviceId: string;
    readonly sid: string;
  }) => Promise<boolean>;
  /** How long an ended session stays in the read model, in milliseconds. */
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
  /** One session could not be expired, for another reason than a store; the others are. */
  readonly onError: (error: unknown) => void;
}

/** How many sessions a sweep tried to expire, how many expiries it noted, and how many ended sessions it removed. */
export interface SweepResult {
  readonly tried: number;
  readonly expired: number;
  readonly removed: number;
}

/**
 * Notes in the log which families have expired, page by page, then removes from the read model what ended long ago. The read
 * model only says where to look: the streams decide. `goOn` is asked before each page; a sweep ends early if it says no.
 * Writes nothing when nothing is due. Rejects with `StoreUnavailableError`; what was done by then stays done.
 */
export async function sweep(options: SweepOptions, goOn: () => Promise<boolean>): Promise<SweepResult> {
  const startedAt = options.now();
  let tried = 0;
  let expired = 0;
  for await (const sessions of pages(options, { endsBy: startedAt, activeOnly: true, limit: PAGE })) {
    if (!(await goOn())) return { tried, expired, removed: 0 };
    const accounts = await accountsOf(options, sessions);
    const families = sessions.filter((session) => mayHaveExpired(session, accounts.get(session.userId)));
    tried += families.length;
    expired += await expireAll(families, options);
  }
  return { tried, expired, removed: await removeOld(options, startedAt - options.retentionMs, goOn) };
}

/** A session ended by a revocation of all tokens before its expiry gets no `TokenExpired`. */
function mayHaveExpired(session: SessionDocument, account: AccountDocument | undefined): boolean {
  if (account === undefined) return false;
  if (lives({ sid: session.id, epoch: session.epoch }, account)) return true;
  const revocation = endedByRevocation(session, account);
  return revocation !== null && session.endsAt <= revocation.at;
}

/** Removes what ended before retention: but nothing whose expiry the log does not hold yet. */
async function removeOld(options: SweepOptions, endedBefore: Instant, goOn: () => Promise<boolean>): Promise<number> {
  let removed = 0;
  for await (const sessions of pages(options, { endsBy: endedBefore, limit: PAGE })) {
    if (!(await goOn())) break;
    const accounts = await accountsOf(options, sessions);
    const removable = sessions.filter((session) => isRemovable(session, accounts.get(session.userId), endedBefore));
    if (removable.length > 0) await options.readModel.removeSessions(removable);
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

async function expireAll(families: readonly SessionDocument[], options: SweepOptions): Promise<number> {
  let expired = 0;
  for (let from = 0; from < families.length; from += AT_ONCE) {
    const noted = await Promise.all(families.slice(from, from + AT_ONCE).map((family) => expireOne(family, options)));
    expired += noted.filter(Boolean).length;
  }
  return expired;
}

async function expireOne({ id, userId, deviceId }: SessionDocument, { expire, onError }: SweepOptions): Promise<boolean> {
  try {
    return await expire({ userId, deviceId, sid: id });
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    // A stream that was destroyed or altered at the store must not end the sweep of all others.
    onError(error);
    return false;
  }
}
