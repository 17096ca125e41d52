import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { accountOf, isTornRead, lives } from '../domain/account/state.js';
import type { Instant } from '../domain/instant.js';
import { tokenStream, userStream, type StreamId, type StreamKind } from '../domain/streams.js';
import { hasExpired } from '../domain/token-family/policy.js';
import { stateOf, type FamilyState } from '../domain/token-family/state.js';
import type { EventLog, LogEvent } from './event-log.js';
import type { ReadStreamOptions } from './event-store.js';
import { findInStream } from './find-in-stream.js';
import type { Position } from './position.js';
import { unlessDestroyed } from './unless-destroyed.js';

/** What an operator must hear of: each becomes a line of the log, and `logCut` is named at /readyz. */
export interface Alarms {
  /** The log ends before something that was answered before (DESIGN, MAC). */
  logCut(of: { readonly userId: string; readonly sid: string; readonly stream: string }): void;
  /** Somebody destroyed a stream at the store. */
  streamDestroyed(stream: string): void;
  /** The log has this user's account, and the key store neither a key of the user nor that it was destroyed. */
  userKeyMissing(userId: string): void;
}

/** What loading needs. */
export interface LoadContext {
  readonly eventLog: Pick<EventLog, 'readNewest' | 'readStream' | 'histories'>;
  readonly alarms: Pick<Alarms, 'streamDestroyed'>;
}

/** The newest family of a device, and the position of the event it stands on. */
export interface LoadedFamily {
  readonly userId: string;
  readonly deviceId: string;
  readonly state: FamilyState;
  readonly position: Position;
}

/** An account, at which revision, and the position of the event it stands on. */
export interface LoadedAccount {
  readonly userId: string;
  readonly account: AccountSnapshot;
  readonly revision: number;
  readonly position: Position;
}

/** What a decision about a family stands on. */
export interface FamilyAndAccount {
  readonly family: LoadedFamily;
  readonly account: LoadedAccount;
}

// One is rare: it takes a revocation that spares the session, its rotation and another revocation between two reads.
const MAX_TORN_READS = 5;

/** Ask the leader of a cluster; or take what is kept, for a decision whose append says so. */
type Where = Pick<ReadStreamOptions, 'fromLeader' | 'mayBeKept'>;

/** The newest family of a device, by one backwards read of one event; null if the device never had one. */
export async function loadFamily(
  context: LoadContext,
  userId: string,
  deviceId: string,
  where: Where = {},
): Promise<LoadedFamily | null> {
  const newest = await newestOf(context, tokenStream(userId, deviceId), where);
  if (newest === null) return null;
  const state = stateOf(newest.event, newest.revision);
  const hasEnded = state.end === null && isOfRefusedHistory(context.eventLog, newest.historyId);
  return { userId, deviceId, state: hasEnded ? { ...state, end: { by: 'restore' } } : state, position: newest.position };
}

/** The account of a user, by one backwards read of one event; null if there is none. */
export async function loadAccount(context: LoadContext, userId: string, where: Where = {}): Promise<LoadedAccount | null> {
  const newest = await newestOf(context, userStream(userId), where);
  return newest && { userId, account: accountOf(newest.event), revision: newest.revision, position: newest.position };
}

/** The newest event of a stream. A stream that somebody destroyed counts as none: its session or user does not exist. */
export function newestOf<K extends StreamKind>(
  { eventLog, alarms }: Pick<LoadContext, 'alarms'> & { readonly eventLog: Pick<EventLog, 'readNewest'> },
  stream: StreamId & { readonly kind: K },
  where: Where = {},
): Promise<LogEvent<K> | null> {
  return unlessDestroyed(eventLog.readNewest<K>(stream, where), null, (name) => alarms.streamDestroyed(name));
}

/**
 * A family and its user, as a decision about the family needs them; null if either is missing. Read the family first: a revocation
 * of all tokens that this misses is newer than the family, so its epoch invalidates what is appended (G6). Two reads that do not
 * fit together are read again from the leader: a family that was spared and rotated in between would look revoked.
 */
export async function loadFamilyAndAccount(
  context: LoadContext,
  userId: string,
  deviceId: string,
  where: Where = {},
): Promise<FamilyAndAccount | null> {
  for (let tries = 1; ; tries += 1) {
    const from = tries === 1 ? where : { fromLeader: true };
    const family = await loadFamily(context, userId, deviceId, from);
    const account = family && (await loadAccount(context, userId, from));
    if (family === null || account === null) return null;
    // What does not fit however often it is read is a log that was cut: the family does not live then.
    if (!isTornRead(family.state.family, account.account) || tries === MAX_TORN_READS) return { family, account };
  }
}

/**
 * When a family's user ceased to let it live, as far as that matters: null if the family lives, is over otherwise, or has not
 * expired yet. Once a user does not let a family live it never lives again, so a binary search over the user's stream finds when.
 */
export async function loadRevokedAt(
  { eventLog }: Pick<LoadContext, 'eventLog'>,
  { family: { userId, state }, account }: { readonly family: LoadedFamily; readonly account: LoadedAccount },
  now: Instant,
): Promise<Instant | null> {
  const { family, end } = state;
  if (end !== null || !hasExpired(family, now) || lives(family, account.account)) return null;
  const first = await findInStream(eventLog, userStream(userId), ({ event }) => {
    const then = accountOf(event);
    // Events of an epoch before the family's are older than the family, or than its last rotation.
    return then.epoch >= family.epoch && !lives(family, then);
  });
  return first?.occurredAt ?? null;
}

/** Whether the families whose newest event is of a history have ended, by a restore that refuses older ones (G17). */
export function isOfRefusedHistory({ histories }: Pick<EventLog, 'histories'>, historyId: string): boolean {
  const index = histories.findIndex((history) => history.historyId === historyId);
  return histories.slice(index + 1).some(({ refuseOlder }) => refuseOlder);
}
