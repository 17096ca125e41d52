import { LOG_STREAM, SEAL_STREAM, streamName } from '../domain/streams.js';

/**
 * What verification finds. `altered`: the content; `removed`; `inserted`: not of this program, or a copy; `reordered`: moved to another
 * place; `truncated`: the log ends before what is known of it; `checkpoint_forged`: a note without a good signature of ours;
 * `checkpoint_inconsistent`: a signed root that the log does not have.
 */
export type FindingKind =
  'altered' | 'removed' | 'inserted' | 'reordered' | 'truncated' | 'checkpoint_forged' | 'checkpoint_inconsistent';

/** One finding: where, as far as it is known, and why in a sentence. `stream` is the whole name, prefix included. */
export interface Finding {
  readonly kind: FindingKind;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly position: string | null;
  readonly event_id: string | null;
  readonly detail: string;
}

/** Where in the reading of the log a finding belongs: how many events came before it. */
interface Placed {
  readonly order: number;
  readonly finding: Finding;
}

const MAX_OF_A_CLASS = 1_000;

/**
 * Gathers findings, each place once, in the order of the log. Of very many the first ones: so many of each class, so that altered
 * events by the thousand hide no forged note, no end that was cut off, and nothing of the log's own streams.
 */
export class Findings {
  readonly #ownStreams: ReadonlySet<string>;
  readonly #placed = new Map<string, Placed>();
  #limit = 2 * MAX_OF_A_CLASS;

  /** `prefix`: what every stream name of this installation begins with. */
  constructor(prefix: string) {
    this.#ownStreams = new Set([LOG_STREAM, SEAL_STREAM].map((stream) => `${prefix}${streamName(stream)}`));
  }

  get isEmpty(): boolean {
    return this.#placed.size === 0;
  }

  add(order: number, kind: FindingKind, where: Partial<Omit<Finding, 'kind' | 'detail'>>, detail: string): void {
    const { revision = null, ...rest } = where;
    // Beyond, a number of another tool is no more exactly what it wrote.
    const exact = revision === null || Number.isSafeInteger(revision) ? revision : null;
    const finding = { kind, stream: null, position: null, event_id: null, ...rest, revision: exact, detail };
    const key = isOfNote(kind) ? `${kind} ${detail}` : placeOf(finding);
    if (!this.#placed.has(key)) this.#placed.set(key, { order, finding });
    if (this.#placed.size > this.#limit) this.#keepFirst();
  }

  /** Takes over what others know better: their findings at the same places replace these. */
  refine(others: Findings): void {
    const ids = new Set([...others.#placed.values()].map(({ finding }) => finding.event_id));
    for (const [key, { finding }] of this.#placed)
      if (!isOfNote(finding.kind) && finding.event_id !== null && ids.has(finding.event_id)) this.#placed.delete(key);
    for (const [key, placed] of others.#placed) this.#placed.set(key, placed);
    this.#keepFirst();
  }

  /** What was held against an event counts no more: it is as it was when it was sealed. */
  clear(eventId: string): void {
    for (const [key, { finding }] of this.#placed)
      if (!isOfNote(finding.kind) && finding.event_id === eventId) this.#placed.delete(key);
  }

  list(): readonly Finding[] {
    this.#keepFirst();
    return this.#inOrder().map(([, { finding }]) => finding);
  }

  /** Of each class those that come first in the log stay. */
  #keepFirst(): void {
    const counts = new Map<string, number>();
    for (const [key, { finding }] of this.#inOrder()) {
      const ofClass = this.#classOf(finding);
      const count = (counts.get(ofClass) ?? 0) + 1;
      counts.set(ofClass, count);
      if (count > MAX_OF_A_CLASS) this.#placed.delete(key);
    }
    this.#limit = this.#placed.size + MAX_OF_A_CLASS;
  }

  #inOrder(): [string, Placed][] {
    return [...this.#placed].sort(([, a], [, b]) => (a.order === b.order ? 0 : a.order - b.order));
  }

  #classOf({ kind, stream }: Finding): string {
    if (isOfNote(kind)) return kind;
    return this.#ownStreams.has(stream ?? '') ? 'own stream' : 'event';
  }
}

function isOfNote(kind: FindingKind): boolean {
  return kind === 'checkpoint_forged' || kind === 'checkpoint_inconsistent' || kind === 'truncated';
}

function placeOf({ stream, revision, event_id: eventId }: Finding): string {
  return stream === null ? `event ${eventId ?? ''}` : `${revision ?? ''} ${stream}`;
}
