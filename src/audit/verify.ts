import { AuthenticLog, type CheckedEvent, type CheckedPage } from '../event-store/authentic-log.js';
import { leafRecord } from '../event-store/event-record.js';
import type { EventStore } from '../event-store/event-store.js';
import type { IntegrityKeys } from '../event-store/integrity.js';
import type { Position } from '../event-store/position.js';
import { parseMetadata } from '../event-store/stored-metadata.js';
import type { HighWater } from '../key-store/high-water-mark.js';
import { Alignment, type HashedEvent } from './alignment.js';
import { authenticSize } from './authentic-leaves.js';
import { Findings, type Finding } from './findings.js';
import { KeptNotes } from './kept-notes.js';
import type { LeafHashes } from './leaf-hashes.js';
import { isMarkHeld } from './mark.js';
import { CompactRange, leafHash } from './merkle.js';
import { NoteTrail, type KeptNote } from './note-trail.js';
import type { NoteKey } from './seal.js';
import { StreamOrder } from './stream-order.js';

export interface VerifyOptions {
  readonly store: EventStore;
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  /** The keys that notes may be signed with. */
  readonly noteKeys: readonly Pick<NoteKey, 'kid' | 'publicKey'>[];
  readonly leaves: LeafHashes;
  readonly against: readonly KeptNote[];
  /** The high-water mark; null if there is none. */
  readonly mark: HighWater | null;
  /** How many events were checked so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress?: (events: number, share: number) => void;
}

/** What verification says. */
export interface VerifyReport {
  /** Events of ours with a valid MAC. */
  readonly events: number;
  /** Events of others that an operator left out. */
  readonly disowned: number;
  /** Notes in the log. */
  readonly checkpoints: number;
  readonly ok: boolean;
  /** How many events, from the first on, the newest note covers that fits the log. */
  readonly sealed_up_to: number;
  /** How many events no note covers yet: their MACs show alteration, but not removal. */
  readonly unsealed: number;
  /** In the order of the log. */
  readonly findings: readonly Finding[];
}

const PAGE = 1_000;

/**
 * Checks the whole log: MACs, revisions without gaps, the tree against every note, notes against each other, against notes kept
 * elsewhere and against the high-water mark. What fits needs one reading; where something does not, the leaves that a note confirms
 * name what it is, in a second one. Rejects as the stores do.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const findings = new Findings();
  const read = await readThrough(options, findings);
  if (!(await isMarkHeld(options, read.histories)))
    findings.add(
      Infinity,
      'truncated',
      {},
      `the log was at position ${options.mark?.position ?? ''} before, and does not hold that event`,
    );
  if (!findings.isEmpty) {
    const size = await authenticSize(options);
    if (size > 0) await align(options, size, findings);
  }
  const { events, disowned, checkpoints, sealed } = read;
  return {
    ...{ events, disowned, checkpoints },
    ok: findings.isEmpty,
    sealed_up_to: sealed,
    unsealed: events - sealed,
    findings: findings.list(),
  };
}

interface ReadThrough {
  readonly events: number;
  readonly disowned: number;
  readonly checkpoints: number;
  readonly sealed: number;
  readonly histories: readonly string[];
}

async function readThrough(options: VerifyOptions, findings: Findings): Promise<ReadThrough> {
  const { store, prefix, keys, noteKeys, against } = options;
  const log = new AuthenticLog({ store, prefix, keys });
  const tree = new CompactRange();
  const order = new StreamOrder((stream) => log.history.archivedBefore(stream));
  const trail = new NoteTrail({ store, prefix, keys: noteKeys, findings });
  const kept = new KeptNotes(against, { keys: noteKeys, findings });
  await trail.begin();
  let disowned = 0;
  let count = 0;
  const compare = async (): Promise<void> => {
    if (trail.nextSize !== null && trail.nextSize <= tree.size) await trail.compare(tree, count);
    if (kept.nextSize !== null && kept.nextSize <= tree.size) kept.compare(tree, count);
  };
  await compare();
  for await (const { events } of pages(options, log)) {
    for (const event of events) {
      count += 1;
      if (event.verdict === 'disowned') disowned += 1;
      if (event.verdict === 'ours') {
        order.take(event.recorded, count, findings);
        tree.append(leafHash(leafRecord(event.recorded)));
        await compare();
      } else {
        order.refuse(event.recorded);
        refuse(event, count, findings);
      }
    }
  }
  order.close(findings);
  await trail.close(count);
  kept.close(tree);
  return {
    ...{ events: tree.size, disowned, checkpoints: trail.count, sealed: trail.sealed },
    histories: log.history.histories.map(({ historyId }) => historyId),
  };
}

/** What an event without a valid MAC looks like without anything to compare it with. */
function refuse({ recorded, verdict }: CheckedEvent, order: number, findings: Findings): void {
  if (verdict === 'ours' || verdict === 'disowned') return;
  const { stream, revision, position, id } = recorded;
  const where = { stream, revision, position, event_id: id };
  if (verdict === 'void') findings.add(order, 'removed', where, 'what stood in its stream before was deleted at the store');
  else findings.add(order, parseMetadata(recorded.metadata) === null ? 'inserted' : 'altered', where, verdict.message);
}

/** Compares the log with the leaves that a note confirms, and refines what was found by what they know. */
async function align(options: VerifyOptions, size: number, found: Findings): Promise<void> {
  const { store, prefix, keys, leaves } = options;
  const findings = new Findings();
  const alignment = new Alignment(leaves, size, findings);
  let waiting: (HashedEvent & { readonly isRefused: boolean }) | null = null;
  const take = async (nextId: string | null): Promise<void> => {
    // An event whose MAC stands on something that was altered is not to blame for it.
    if (waiting !== null && (await alignment.take(waiting, nextId)) && waiting.isRefused) found.clear(waiting.recorded.id);
  };
  for await (const { events } of pages(options, new AuthenticLog({ store, prefix, keys }))) {
    for (const { recorded, verdict } of events) {
      if (verdict === 'disowned' || verdict === 'void') continue;
      await take(recorded.id);
      waiting = { recorded, hash: leafHash(leafRecord(recorded)), isRefused: verdict !== 'ours' };
    }
    if (findings.isFull) break;
  }
  if (!findings.isFull) {
    await take(null);
    await alignment.close();
  }
  found.refine(findings);
}

/** The pages of the log up to its end as it is now; the next one is read while one is worked on. */
async function* pages({ store, onProgress }: VerifyOptions, log: AuthenticLog): AsyncGenerator<CheckedPage, void, void> {
  const end = (await store.readNewest())?.position ?? null;
  let events = 0;
  let reading = log.page(null, PAGE);
  for (;;) {
    const page = await reading;
    const isLast = page.isEnd || end === null || (page.position ?? '') >= end;
    if (!isLast) reading = log.page(page.position, PAGE);
    // Its failure is met when it is awaited.
    reading.catch(() => undefined);
    yield page;
    events += page.events.length;
    onProgress?.(events, share(page.position, end));
    if (isLast) return;
  }
}

/** By positions, which grow with the log in every store. */
function share(reached: Position | null, end: Position | null): number {
  const [part, whole] = [Number(reached?.slice(0, 20) ?? 0), Number(end?.slice(0, 20) ?? 0)];
  return whole > 0 ? Math.min(1, part / whole) : 1;
}
