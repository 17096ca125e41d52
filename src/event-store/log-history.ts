import type { EventsArchived, LogHistoryEvent } from '../domain/log/events.js';
import { contentDigest, type EventOfRecord } from './event-record.js';
import type { HistoryEpoch, LogEvent } from './event-log.js';
import type { IntegrityKeys } from './integrity.js';
import type { Position } from './position.js';

/** An archive that the log names. */
export interface NamedArchive {
  readonly name: string;
  /** The SHA-256 of its manifest. */
  readonly digest: string;
  /** The history in which it was made. */
  readonly historyId: string;
  /** The newest event that names it. */
  readonly event: Pick<LogEvent, 'id' | 'revision' | 'position'>;
  /** The revisions in `…log` of the events that say of which streams it holds the beginnings, oldest first. */
  readonly saidAt: readonly number[];
}

/** What the stream `…log` says, as far as it was read: histories, keys, archives, disowned events. */
export class LogHistory {
  readonly #keys: Pick<IntegrityKeys, 'isOlder'>;
  readonly #histories: HistoryEpoch[] = [];
  /** The keys that were in force, oldest first, and from where. */
  readonly #inForce: { readonly kid: string; readonly from: Position }[] = [];
  /** By stream and revision. */
  readonly #disowned = new Map<string, { readonly eventId: string; readonly digest: string }>();
  readonly #archives = new Map<string, NamedArchive>();
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

  /** The archives that the log names, the oldest first. */
  get archives(): readonly NamedArchive[] {
    return [...this.#archives.values()];
  }

  /** Takes in the next event of `…log`; `kid` names the key that it is MACed by. Any but the next changes nothing. */
  take(logEvent: LogEvent<'log'>, kid: string): void {
    const { revision, position, event } = logEvent;
    if (revision !== this.#revision + 1) return;
    this.#revision = revision;
    if (event.type === 'EventsArchived') this.#takeArchive(event.data, logEvent);
    else this.#takeIn(event, position, kid);
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

  #takeArchive({ archive: name, digest }: EventsArchived['data'], event: LogEvent): void {
    const { historyId, id, revision, position } = event;
    const saidAt = [...(this.#archives.get(name)?.saidAt ?? []), revision];
    // One that was written again is the newest.
    this.#archives.delete(name);
    this.#archives.set(name, { name, digest, historyId, event: { id, revision, position }, saidAt });
  }

  #takeIn(event: Exclude<LogHistoryEvent, EventsArchived>, position: Position, kid: string): void {
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
      case 'EventDisowned':
        this.#disowned.set(placeOf(event.data), event.data);
        break;
    }
  }
}

function placeOf({ stream, revision }: { readonly stream: string; readonly revision: number }): string {
  return `${revision} ${stream}`;
}
