import type { Instant } from '../domain/instant.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog, LogBatch } from '../event-store/event-log.js';
import { isPosition, type Position } from '../event-store/position.js';
import { sleep } from '../event-store/waiting.js';
import type { Keyring } from '../security/keyring.js';
import type { LogPositionCodec } from '../security/log-position-codec.js';
import { signedJwt } from '../security/signed-jwt.js';
import { BusyLog } from './busy-log.js';
import { inSpan } from '../telemetry/tracing.js';
import type { LogHub } from './log-hub.js';
import { lastEventOf, taken, type Place } from './processor.js';
import { revocationMessage, TAKES } from './revocation-message.js';

/** One thing that a receiver reads; `id` is the place to resume from after it. */
export type FeedItem =
  | { readonly kind: 'message'; readonly id: string; readonly set: string }
  /** Everything that the log held a moment ago was sent. */
  | { readonly kind: 'caught_up'; readonly id: string }
  /** There is more, or nobody knows: the event store does not answer. */
  | { readonly kind: 'behind' };

export interface RevocationFeedOptions {
  readonly hub: Pick<LogHub, 'read'>;
  readonly log: Pick<EventLog, 'end' | 'readAll' | 'histories'>;
  readonly keyring: Pick<Keyring, 'accessKeyAt'>;
  readonly codec: Pick<LogPositionCodec, 'encode' | 'decode'>;
  readonly issuer: string;
  readonly audience: string;
  readonly now: () => Instant;
  /** How often a receiver is sent how the feed stands, in milliseconds. Default 15,000. */
  readonly heartbeatMs?: number;
}

const TYPE = 'secevent+jwt';
const HEARTBEAT_MS = 15_000;
// After the last event, so that a burst of them is one look at the log.
const QUIET_MS = 50;
const BEHIND_MS = 1_000;

/**
 * What ended in the log, as signed security event tokens (RFC 8417) for receivers that accept access tokens without asking. The log is
 * the outbox: nothing is kept for a receiver, who resumes by the id of what it has read last.
 */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions;
  readonly #closed = new AbortController();

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
  }

  /** Ends all streams, and each one that is begun from now on at once. */
  close(): void {
    this.#closed.abort();
  }

  /**
   * Begins a stream: after the id, or now without one. Null if the id was never given, or is of a part of the log that a restore
   * has lost. Rejects with `StoreUnavailableError`.
   */
  async open(lastEventId: string | null): Promise<((signal: AbortSignal) => AsyncIterable<FeedItem>) | null> {
    const place =
      lastEventId === null ? { after: await this.#options.log.end(), lastEvent: null } : this.#placeOf(lastEventId);
    return place === null ? null : (signal) => this.#items(place, AbortSignal.any([signal, this.#closed.signal]));
  }

  async *#items(place: Place, signal: AbortSignal): AsyncGenerator<FeedItem, void, void> {
    const batches = this.#options.hub.read({ ...place, archived: 'if_there' }, signal);
    let at = place;
    let next = batches.next();
    let pause = 0;
    const busy = new BusyLog(this.#options.log, this.#heartbeatMs);
    for (;;) {
      const result = await either(next, pause, signal);
      if (signal.aborted) return;
      if (result === null) {
        const isCaughtUp = await this.#isCaughtUp(at.after);
        pause = isCaughtUp ? this.#heartbeatMs : BEHIND_MS;
        if (isCaughtUp) busy.caughtUp();
        yield isCaughtUp ? { kind: 'caught_up', id: this.#idOf(at) } : { kind: 'behind' };
      } else if (result.done === true) {
        return;
      } else {
        next = batches.next();
        pause = QUIET_MS;
        yield* this.#messages(result.value);
        at = { after: result.value.position, lastEvent: lastEventOf(result.value.events) ?? at.lastEvent };
        if (await busy.isPassed(result.value.position)) yield { kind: 'caught_up', id: this.#idOf(at) };
      }
    }
  }

  get #heartbeatMs(): number {
    return this.#options.heartbeatMs ?? HEARTBEAT_MS;
  }

  *#messages({ events }: LogBatch): Generator<FeedItem, void, void> {
    const { issuer, audience, keyring, now } = this.#options;
    for (const event of taken(events, TAKES)) {
      const message = revocationMessage(event, issuer);
      if (message === null) continue;
      const at = now();
      const claims = { iss: issuer, aud: audience, iat: Math.floor(at / 1000), ...message };
      const id = this.#idOf({ after: event.position, lastEvent: { position: event.position, eventId: event.id } });
      const links = (): readonly (string | undefined)[] => [event.traceparent];
      const set = inSpan('follower revocations', { links }, () => signedJwt(keyring.accessKeyAt(at), TYPE, claims));
      yield { kind: 'message', id, set };
    }
  }

  /** Whether the log holds nothing of ours after a position. */
  async #isCaughtUp(after: Position | null): Promise<boolean> {
    try {
      const page = await this.#options.log.readAll(
        after === null ? { maxCount: 1 } : { after, maxCount: 100, archived: 'if_there' },
      );
      return page.isEnd && page.events.length === 0;
    } catch (error) {
      if (error instanceof StoreUnavailableError) return false;
      throw error;
    }
  }

  /** Position, history and last event: what shows later whether the log still holds this place. */
  #idOf({ after, lastEvent }: Place): string {
    const { histories } = this.#options.log;
    const history = histories.findLast(({ position }) => after !== null && position <= after) ?? histories.at(-1);
    const event = lastEvent === null ? [] : [lastEvent.position, lastEvent.eventId];
    return this.#options.codec.encode([after ?? '', history?.historyId ?? '', ...event].join(' '));
  }

  #placeOf(id: string): Place | null {
    const [after, historyId, position, eventId] = this.#options.codec.decode(id)?.split(' ') ?? [];
    if (after === undefined || historyId === undefined || !this.#isHeld(after, historyId)) return null;
    const lastEvent = position === undefined || eventId === undefined ? null : { position, eventId };
    return { after: after === '' ? null : after, lastEvent };
  }

  /** A restore goes on from an earlier moment: what was read after that moment, in a former history, is of the part that was lost. */
  #isHeld(after: Position, historyId: string): boolean {
    const { histories } = this.#options.log;
    const index = histories.findIndex((history) => history.historyId === historyId);
    const following = histories[index + 1];
    return index !== -1 && (following === undefined || after < following.position) && (after === '' || isPosition(after));
  }
}

/** What comes first: the next batch, or (null) the end of the pause or of the signal. */
async function either<T>(next: Promise<T>, pauseMs: number, signal: AbortSignal): Promise<T | null> {
  const pause = new AbortController();
  const ended = sleep(pauseMs, AbortSignal.any([signal, pause.signal])).then(() => null);
  try {
    return await Promise.race([next, ended]);
  } finally {
    pause.abort();
    // A failure that comes while something else is under way is met at the next turn.
    next.then(undefined, () => undefined);
  }
}
