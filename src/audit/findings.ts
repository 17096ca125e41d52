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

const MAX_FINDINGS = 1_000;

/** Gathers findings, each place once, in the order of the log; of very many the first ones. */
export class Findings {
  readonly #placed = new Map<string, Placed>();

  get isFull(): boolean {
    return this.#placed.size >= MAX_FINDINGS;
  }

  get isEmpty(): boolean {
    return this.#placed.size === 0;
  }

  add(order: number, kind: FindingKind, where: Partial<Omit<Finding, 'kind' | 'detail'>>, detail: string): void {
    const finding = { kind, stream: null, revision: null, position: null, event_id: null, ...where, detail };
    const key = isOfNote(kind) ? `${kind} ${detail}` : placeOf(finding);
    if (!this.isFull && !this.#placed.has(key)) this.#placed.set(key, { order, finding });
  }

  /** Takes over what others know better: their findings at the same places replace these. */
  refine(others: Findings): void {
    const ids = new Set([...others.#placed.values()].map(({ finding }) => finding.event_id));
    for (const [key, { finding }] of this.#placed)
      if (!isOfNote(finding.kind) && finding.event_id !== null && ids.has(finding.event_id)) this.#placed.delete(key);
    for (const [key, placed] of others.#placed) this.#placed.set(key, placed);
  }

  /** What was held against an event counts no more: it is as it was when it was sealed. */
  clear(eventId: string): void {
    for (const [key, { finding }] of this.#placed)
      if (!isOfNote(finding.kind) && finding.event_id === eventId) this.#placed.delete(key);
  }

  list(): readonly Finding[] {
    return [...this.#placed.values()].sort((a, b) => a.order - b.order).map(({ finding }) => finding);
  }
}

function isOfNote(kind: FindingKind): boolean {
  return kind === 'checkpoint_forged' || kind === 'checkpoint_inconsistent' || kind === 'truncated';
}

function placeOf({ stream, revision, event_id: eventId }: Finding): string {
  return stream === null ? `event ${eventId ?? ''}` : `${revision ?? ''} ${stream}`;
}
