import type { StreamId } from '../domain/streams.js';
import type { LogEvent, NewEvent } from './event-log.js';
import type { RecordedEvent, StoredEvent } from './event-store.js';
import type { LogHistory } from './log-history.js';
import { growingCache, MAX_KEPT_STREAMS } from './growing-cache.js';
import type { Position } from './position.js';

// What this process has appended and its own subscription delivers a moment later.
const MAX_APPENDED = 2_000;

/** Where an event of ours stands and what it is MACed under. */
export interface KnownPlace {
  readonly stream: StreamId;
  /** The whole name, prefix included. */
  readonly name: string;
  readonly revision: number;
  readonly historyId: string;
  readonly kid: string;
}

interface Known {
  readonly place: KnownPlace;
  readonly stored: StoredEvent;
  readonly event: NewEvent;
  /** As it was given last, since most events are given more than once. */
  given: LogEvent | null;
}

/**
 * Events whose MAC and form were checked, or made, by this process. An event that is read again is the known one only if every byte
 * of it is the same and it stands where the known one was made for: so the store is never trusted, and only the work of checking
 * the same bytes again is spared (G15).
 */
export class KnownEvents {
  readonly #history: Pick<LogHistory, 'at' | 'isKeyValid'>;
  /** By event id, both. */
  readonly #ofUsers = growingCache<Known>(MAX_KEPT_STREAMS);
  readonly #appended = new Map<string, Known>();

  constructor(history: Pick<LogHistory, 'at' | 'isKeyValid'>) {
    this.#history = history;
  }

  /** The event, decoded, and the key that it is MACed by; null if it has to be checked. */
  find(recorded: RecordedEvent): { readonly event: LogEvent; readonly kid: string } | null {
    const known = this.#ofUsers.get(recorded.id) ?? this.#takeAppended(recorded.id);
    if (known === undefined || !isSame(known, recorded) || !this.#isInForce(known.place, recorded.position)) return null;
    if (known.given?.position !== recorded.position) known.given = logEvent(known, recorded.position);
    return { event: known.given, kid: known.place.kid };
  }

  /** Remembers an event that is about to be appended. If the append fails, it is not read either. */
  appending(place: KnownPlace, event: NewEvent, stored: StoredEvent): void {
    if (!isReadAsItIs(event, place.revision)) return;
    const known = { place, stored, event, given: null };
    if (place.stream.kind === 'user') {
      this.#ofUsers.set(event.id, known);
      return;
    }
    if (place.stream.kind === 'log') return;
    this.#appended.set(event.id, known);
    if (this.#appended.size <= MAX_APPENDED) return;
    for (const oldest of this.#appended.keys()) {
      this.#appended.delete(oldest);
      break;
    }
  }

  /** What was appended is read once, by the subscription of this process: who reads it again decodes it again. */
  #takeAppended(id: string): Known | undefined {
    const known = this.#appended.get(id);
    if (known !== undefined) this.#appended.delete(id);
    return known;
  }

  /** Remembers an event that was read and checked. */
  checked(recorded: RecordedEvent, event: LogEvent, kid: string): void {
    if (event.stream.kind !== 'user') return;
    const { stream, revision, historyId } = event;
    const place = { stream, name: recorded.stream, revision, historyId, kid };
    this.#ofUsers.set(event.id, { place, stored: recorded, event, given: event });
  }

  /** `…log` may have said since that another history or another key is in force there. */
  #isInForce({ historyId, kid }: KnownPlace, position: Position): boolean {
    return this.#history.at(position) === historyId && this.#history.isKeyValid(kid, position);
  }
}

/** An event that issues a token is stored without what its id, time and revision say of that token. */
function isReadAsItIs({ id, occurredAt, event }: NewEvent, revision: number): boolean {
  if (event.type !== 'TokenIssued' && event.type !== 'TokenRotated') return true;
  const { token } = event.data.family;
  return token.jti === id && token.tokenIssuedAt === occurredAt && token.revision === revision;
}

function isSame({ place, stored }: Known, recorded: RecordedEvent): boolean {
  return (
    place.revision === recorded.revision &&
    place.name === recorded.stream &&
    stored.type === recorded.type &&
    stored.metadata === recorded.metadata &&
    stored.data === recorded.data
  );
}

function logEvent({ place, event }: Known, position: Position): LogEvent {
  const { stream, revision, historyId } = place;
  const { id, occurredAt, actor, correlationId, traceparent } = event;
  const given = { stream, revision, position, id, occurredAt, historyId, event: event.event, actor, correlationId };
  return traceparent === undefined ? given : { ...given, traceparent };
}
