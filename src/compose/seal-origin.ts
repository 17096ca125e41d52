import { originOf } from '../audit/origin.js';
import type { Config } from '../config.js';
import type { OpenedLog } from '../event-store/open-event-log.js';

/** The origin of new notes: what the log is called. */
export function sealOrigin(
  { sealOrigin: configured }: Pick<Config, 'sealOrigin'>,
  { openedIssuer, histories }: Pick<OpenedLog, 'openedIssuer' | 'histories'>,
): string {
  return originOf({ configured, openedIssuer, histories });
}
