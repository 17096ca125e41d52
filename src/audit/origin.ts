import type { HistoryEpoch } from '../event-store/event-log.js';

/** How a log is called in its notes, by its histories. */
export interface OriginOptions {
  /** `SEAL_ORIGIN`; null: the host of the issuer with which the log was opened. */
  readonly configured: string | null;
  readonly openedIssuer: string;
  readonly histories: readonly HistoryEpoch[];
}

/**
 * The origin of new notes. A log that was restored or imported begins a new one, `/` and its history's id behind the first: a note that is
 * kept of the lost part is of another origin, and nobody signs two trees under one.
 */
export function originOf({ configured, openedIssuer, histories }: OriginOptions): string {
  const first = configured ?? hostOf(openedIssuer);
  const newest = histories.at(-1);
  return newest === undefined || histories.length === 1 ? first : `${first}/${newest.historyId}`;
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : 'tokenledger';
}
