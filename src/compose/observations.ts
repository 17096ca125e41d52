import type { RefusedEventError } from '../event-store/event-log.js';
import type { Alarms } from '../event-store/load.js';
import type { SecurityLog } from '../http/security-log.js';
import type { Observed } from './readiness.js';

// Enough to see what it is about; the process's log has all.
const MAX_KEPT = 20;
// Where all keys are gone, every request of a user would say so.
const KEY_MISSING_EVERY_MS = 60_000;

/** Remembers, for /readyz, what an operator must look at, and has the security log say it. */
export class Observations implements Alarms {
  readonly #securityLog: Pick<SecurityLog, 'record' | 'logCut' | 'streamDestroyed'>;
  readonly #monotonicMs: () => number;
  readonly #logCuts = new Set<string>();
  readonly #refused = new Map<string, Observed['refused'][number]>();
  #keyMissingSaidAt = Number.NEGATIVE_INFINITY;

  constructor(
    securityLog: Pick<SecurityLog, 'record' | 'logCut' | 'streamDestroyed'>,
    monotonicMs = (): number => performance.now(),
  ) {
    this.#securityLog = securityLog;
    this.#monotonicMs = monotonicMs;
  }

  logCut({ userId, sid, stream }: { readonly userId: string; readonly sid: string; readonly stream: string }): void {
    this.#securityLog.logCut({ stream, userId, sessionId: sid });
    if (this.#logCuts.size < MAX_KEPT) this.#logCuts.add(sid);
  }

  streamDestroyed(stream: string): void {
    this.#securityLog.streamDestroyed(stream);
  }

  /** One line a minute at most, of whichever user. */
  userKeyMissing(userId: string): void {
    const now = this.#monotonicMs();
    if (now - this.#keyMissingSaidAt < KEY_MISSING_EVERY_MS) return;
    this.#keyMissingSaidAt = now;
    this.#securityLog.record('user_key_missing', { userId });
  }

  refused({ eventId, stream, kind }: RefusedEventError): void {
    if (this.#refused.size < MAX_KEPT) this.#refused.set(eventId, { event_id: eventId, stream, kind });
  }

  /** An operator has left that event out: there is nothing to look at any more. */
  disowned(eventId: string): void {
    this.#refused.delete(eventId);
  }

  observed(): Observed {
    return { logCuts: [...this.#logCuts], refused: [...this.#refused.values()] };
  }
}
