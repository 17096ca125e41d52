import { AuthenticLog, type CheckedEvent, type QuickPage } from '../event-store/authentic-log.js';
import type { AuthenticText } from '../event-store/authentic-text.js';
import { leafRecord, leafRecordOf } from '../event-store/event-record.js';
import { parseMetadata } from '../event-store/stored-metadata.js';
import { AbsentLeaves, type MissingArchives } from './archive/missing-archives.js';
import { DestroyedStreams } from './destroyed-streams.js';
import type { Findings } from './findings.js';
import { KeptNotes } from './kept-notes.js';
import { logPages } from './log-pages.js';
import { CompactRange } from './merkle.js';
import { NoteTrail } from './note-trail.js';
import { StreamOrder } from './stream-order.js';
import type { VerifyOptions } from './verify.js';

/** What one reading of the whole log says. */
export interface ReadThrough {
  /** Events of ours with a valid MAC. */
  readonly events: number;
  readonly disowned: number;
  /** Notes in the log. */
  readonly checkpoints: number;
  /** How many events the newest note covers that fits. */
  readonly sealed: number;
  /** The ids of the histories, oldest first. */
  readonly histories: readonly string[];
}

const PAGE = 1_000;
/** So many events at places that the store gives to none are looked at: beyond these there are findings enough. */
export const MAX_MISPLACED = 1_000;

/** Reads the whole log once: MACs, revisions, and the tree against the notes. Rejects as the stores do. */
export async function readThrough(
  options: VerifyOptions,
  missing: MissingArchives,
  findings: Findings,
): Promise<ReadThrough> {
  const { store, prefix, keys, onProgress } = options;
  const log = new AuthenticLog({ store, prefix, keys, archived: 'if_there' });
  await log.catchUp();
  await missing.look(log, findings);
  const checks = new Checks(options, { missing, findings });
  await checks.begin();
  const read = (after: string | null): Promise<QuickPage> => log.nextPage(after, PAGE);
  try {
    for await (const page of logPages({ store, read, count: countOf, onProgress })) {
      if (page.authentic === null) await checks.takeEach(page.events);
      else await checks.takeText(page.authentic);
      await checks.endPage();
    }
    checks.takeMisplaced(await log.misplaced(MAX_MISPLACED));
  } finally {
    await log.close();
  }
  return checks.close(log.history.histories.map(({ historyId }) => historyId));
}

function countOf(page: QuickPage): number {
  if (page.authentic === null) return page.events.length;
  return page.authentic.streams.filter((stream) => stream !== null).length;
}

/** What is checked while the events go by. */
class Checks {
  readonly #findings: Findings;
  readonly #tree = new CompactRange();
  readonly #order: StreamOrder;
  readonly #destroyed: DestroyedStreams;
  readonly #trail: NoteTrail;
  readonly #kept: KeptNotes;
  /** Null if no archive is missing. */
  readonly #absent: AbsentLeaves | null;
  /** The size of the tree at which there is a note to compare with. */
  #nextNote = Infinity;
  #count = 0;
  #disowned = 0;

  constructor(
    { store, prefix, noteKeys: keys, against, leaves }: VerifyOptions,
    { missing, findings }: { readonly missing: MissingArchives; readonly findings: Findings },
  ) {
    this.#findings = findings;
    this.#order = new StreamOrder((stream) => missing.before(stream));
    this.#destroyed = new DestroyedStreams(store, findings);
    this.#absent = missing.isEmpty ? null : new AbsentLeaves(leaves, missing);
    this.#trail = new NoteTrail({ store, prefix, keys, findings });
    this.#kept = new KeptNotes(against, { keys, findings });
  }

  async begin(): Promise<void> {
    await this.#kept.begin();
    await this.#trail.begin();
    await this.#compare();
  }

  /** Takes the events of a page that were found authentic. */
  async takeText({ text, streams }: AuthenticText): Promise<void> {
    for (let index = 0; index < text.count; index += 1) {
      if (streams[index] === null) continue;
      this.#count += 1;
      const before = this.#order.streams;
      if (!this.#order.takeNext(text.stream(index), text.revision(index)))
        this.#order.take(text.recorded(index), this.#count, this.#findings);
      if (this.#order.streams > before) this.#destroyed.meet(text.stream(index));
      if (this.#absent !== null) await this.#takeAbsent(this.#absent, text.recorded(index).id);
      this.#tree.appendRecord(leafRecordOf(text.place(index), text.data(index), text.metadata(index)));
      if (this.#tree.size >= this.#nextNote) await this.#compare();
    }
  }

  /** Takes the events of any page. */
  async takeEach(events: readonly CheckedEvent[]): Promise<void> {
    for (const event of events) {
      this.#count += 1;
      if (event.verdict === 'disowned') this.#disowned += 1;
      if (event.verdict === 'ours') {
        const before = this.#order.streams;
        this.#order.take(event.recorded, this.#count, this.#findings);
        if (this.#order.streams > before) this.#destroyed.meet(event.recorded.stream);
        if (this.#absent !== null) await this.#takeAbsent(this.#absent, event.recorded.id);
        this.#tree.appendRecord(leafRecord(event.recorded));
        if (this.#tree.size >= this.#nextNote) await this.#compare();
      } else {
        this.#order.refuse(event.recorded);
        refuse(event, this.#count, this.#findings);
      }
    }
  }

  /** Takes what stands at places that the store gives to no event. */
  takeMisplaced(events: readonly CheckedEvent[]): void {
    for (const { recorded, verdict } of events) {
      const { stream, revision, position, id } = recorded;
      const isMoved = this.#order.misplace(recorded);
      if (verdict === 'disowned') this.#disowned += 1;
      else
        this.#findings.add(
          this.#count,
          isMoved ? 'reordered' : 'inserted',
          { stream, revision, position, event_id: id },
          'it stands at a place in the log that the store gives to no event',
        );
    }
  }

  /** Of the streams that a page has begun, which are destroyed. */
  async endPage(): Promise<void> {
    await this.#destroyed.look(this.#count);
  }

  /** The leaves before an event that are in an archive which is not there. */
  async #takeAbsent(absent: AbsentLeaves, eventId: string): Promise<void> {
    for await (const hash of absent.upTo(eventId, this.#tree)) {
      this.#tree.append(hash);
      if (this.#tree.size >= this.#nextNote) await this.#compare();
    }
  }

  async close(histories: readonly string[]): Promise<ReadThrough> {
    this.#order.close(this.#findings);
    await this.#trail.close(this.#count);
    this.#kept.close(this.#tree);
    const { count: checkpoints, sealed } = this.#trail;
    return { events: this.#tree.size, disowned: this.#disowned, checkpoints, sealed, histories };
  }

  async #compare(): Promise<void> {
    await this.#trail.compare(this.#tree, this.#count);
    this.#kept.compare(this.#tree, this.#count);
    this.#nextNote = Math.min(this.#trail.nextSize ?? Infinity, this.#kept.nextSize ?? Infinity);
  }
}

/** What an event without a valid MAC looks like without anything to compare it with. */
function refuse({ recorded, verdict }: CheckedEvent, order: number, findings: Findings): void {
  if (verdict === 'ours' || verdict === 'disowned') return;
  const { stream, revision, position, id } = recorded;
  const where = { stream, revision, position, event_id: id };
  if (verdict === 'void') findings.add(order, 'removed', where, 'what stood in its stream before was deleted at the store');
  else findings.add(order, parseMetadata(recorded.metadata) === null ? 'inserted' : 'altered', where, verdict.message);
}
