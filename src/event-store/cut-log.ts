import { tokenStream, userStream } from '../domain/streams.js';
import type { EventLog } from './event-log.js';

/** What a genuine refresh token says, as far as it shows how long the log must be. */
export interface TokenOfLog {
  readonly userId: string;
  readonly deviceId: string;
  /** The revision of the event that issued it. */
  readonly revision: number;
  readonly runId: string;
  /** The epoch of its family. */
  readonly epoch: number;
}

/** The history that a run belongs to. */
export function historyOfRun(runId: string): string {
  return runId.split('.', 1)[0] ?? runId;
}

/**
 * Whether the log was cut: a token of this very history speaks of an event beyond the end of its stream, or its family is of an
 * epoch beyond its account's. Reads from the leader, so a follower that lags is no cut; to be asked only when a first read looks
 * like one. Resolves to a sentence for the security log, or null. Rejects as the log does.
 */
export async function findCut(log: Pick<EventLog, 'readNewest' | 'histories'>, token: TokenOfLog): Promise<string | null> {
  // A token of a former history may well be of the part that a restore has lost: the run id is what refuses it.
  if (historyOfRun(token.runId) !== log.histories.at(-1)?.historyId) return null;
  const fromLeader = { fromLeader: true };
  const device = await log.readNewest(tokenStream(token.userId, token.deviceId), fromLeader);
  if (device === null || device.revision < token.revision)
    return `a token was issued at revision ${token.revision} of a stream that ${device === null ? 'is not there' : `ends at ${device.revision}`}`;
  const user = await log.readNewest(userStream(token.userId), fromLeader);
  if (user === null || user.event.data.account.epoch < token.epoch)
    return `a family is of epoch ${token.epoch} of an account that ${user === null ? 'is not there' : `is at ${user.event.data.account.epoch}`}`;
  return null;
}
