import type { LogHistoryEvent } from '../domain/log/events.js';
import { contentDigest, type EventOfRecord } from './event-record.js';
import type { HistoryEpoch, LogEvent } from './event-log.js';
import type { IntegrityKeys } from './integrity.js';
import type { Position } from './position.js';

/** What the stream `…log` says, as far as it was read: histories, keys, archives, disowned events. */
export class LogHistory {
  readonly #keys: Pick<IntegrityKeys, 'isOlder'>;
  readonly #histories: HistoryEpoch[] = [];
  /** The keys that were in force, oldest first, and from where. */
  readonly #inForce: { readonly kid: string; readonly from: Position }[] = [];
  /** By stream and revision. */
  readonly #disowned = new Map<string, { readonly eventId: string; readonly digest: string }>();
  readonly #archivedBefore = new Map<string, number>();
  #issuer: string | null = null;
  #revision = -1;

  constructor(keys: Pick<IntegrityKeys, 'isOlder'>) {
    this.#keys = keys;
  }

  /** The revision of the last event that was taken in; -1 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** The issuer with which the log was opened; null before that was read. */
  get issuer(): string | null {
    return this.#issuer;
  }

  get histories(): readonly HistoryEpoch[] {
    return this.#histories;
  }

  /** The id of the newest history; null before the first. */
  get newest(): string | null {
    return this.#histories.at(-1)?.historyId ?? null;
  }

  /** The key in force at the end of the log; null before the first event. */
  get keyInForce(): string | null {
    return this.#inForce.at(-1)?.kid ?? null;
  }

  /** Takes in the next event of `…log`; `kid` names the key that it is MACed by. Any but the next changes nothing. */
  take({ revision, position, event }: LogEvent<'log'>, kid: string): void {
    if (revision !== this.#revision + 1) return;
    this.#revision = revision;
    this.#takeIn(event, position, kid);
  }

  /** Passes over the next event of `…log`, since it is disowned. */
  pass(revision: number): void {
    if (revision === this.#revision + 1) this.#revision = revision;
  }

  /** The history in force for an event at a position; null before the first. The event that begins one names its own. */
  at(position: Position): string | null {
    return this.#histories.findLast((history) => history.position < position)?.historyId ?? null;
  }

  /** Whether a key may MAC an event at a position (null: at the end of the log): not after another has replaced it. */
  isKeyValid(kid: string, position: Position | null): boolean {
    const index = this.#inForce.findLastIndex(({ from }) => position === null || from < position);
    const inForce = this.#inForce[index];
    // Nothing was replaced before it.
    if (inForce === undefined || inForce.kid === kid) return true;
    const wasReplaced = this.#inForce.slice(0, index).some((former) => former.kid === kid);
    return !wasReplaced && this.#keys.isOlder?.(kid, inForce.kid) !== true;
  }

  /** Whether exactly this event was disowned. That has no effect on an event with a valid MAC. */
  isDisowned(event: EventOfRecord): boolean {
    const disowned = this.#disowned.get(placeOf(event));
    return disowned?.eventId === event.id && disowned.digest === contentDigest(event);
  }

  /** The revision before which a stream's events may be missing, since they are in an archive; 0 if none are. */
  archivedBefore(stream: string): number {
    return this.#archivedBefore.get(stream) ?? 0;
  }

  #takeIn(event: LogHistoryEvent, position: Position, kid: string): void {
    switch (event.type) {
      case 'LogOpened':
        this.#issuer = event.data.issuer;
        this.#histories.push({ historyId: event.data.historyId, position, refuseOlder: false });
        this.#inForce.push({ kid, from: position });
        break;
      case 'LogRestored':
        this.#histories.push({ historyId: event.data.historyId, position, refuseOlder: event.data.refuseOlder });
        break;
      case 'IntegrityKeyChanged':
        this.#inForce.push({ kid: event.data.kid, from: position });
        break;
      case 'EventsArchived':
        for (const { stream, before } of event.data.streams)
          this.#archivedBefore.set(stream, Math.max(before, this.archivedBefore(stream)));
        break;
      case 'EventDisowned':
        this.#disowned.set(placeOf(event.data), event.data);
        break;
    }
  }
}

function placeOf({ stream, revision }: { readonly stream: string; readonly revision: number }): string {
  return `${revision} ${stream}`;
}
