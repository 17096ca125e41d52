import { AuthenticLog, type CheckedEvent, type CheckedPage } from '../event-store/authentic-log.js';
import { leafRecord } from '../event-store/event-record.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Archives } from '../event-store/archives.js';
import type { IntegrityKeys } from '../event-store/integrity.js';
import type { Position } from '../event-store/position.js';
import type { HighWater } from '../key-store/high-water-mark.js';
import { MissingArchives } from './archive/missing-archives.js';
import { Alignment, type HashedEvent } from './alignment.js';
import { authenticSize } from './authentic-leaves.js';
import { Findings, type Finding } from './findings.js';
import type { LeafHashes } from './leaf-hashes.js';
import { logPages } from './log-pages.js';
import { isMarkHeld } from './mark.js';
import { leafHash } from './merkle.js';
import type { KeptNote } from './note-trail.js';
import { MAX_MISPLACED, readThrough } from './read-through.js';
import type { NoteKey } from './seal.js';

export interface VerifyOptions {
  readonly store: EventStore;
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  /** The keys that notes may be signed with. */
  readonly noteKeys: readonly Pick<NoteKey, 'kid' | 'publicKey'>[];
  readonly leaves: LeafHashes;
  /** Where the archives lie that the log names. Default: nowhere. */
  readonly archives?: Archives;
  readonly against: readonly KeptNote[];
  /** The high-water mark; null if there is none. */
  readonly mark: HighWater | null;
  /** How many events were checked so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress?: (events: number, share: number) => void;
}

/** What verification says. */
export interface VerifyReport {
  /** Events of ours with a valid MAC, and those that are in a missing archive. */
  readonly events: number;
  /** Archives that the log names and that are not there, if any, so that the events in them are counted and not read. */
  readonly archives_missing?: readonly string[];
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
  const findings = new Findings(options.prefix);
  const missing = new MissingArchives(options);
  const read = await readThrough(options, missing, findings);
  if (!(await isMarkHeld(options, read.histories)))
    findings.add(
      Infinity,
      'truncated',
      {},
      `the log was at position ${options.mark?.position ?? ''} before, and does not hold that event`,
    );
  if (!findings.isEmpty) {
    const size = await authenticSize(options);
    if (size > 0) await align(options, { size, missing }, findings);
  }
  const { events, disowned, checkpoints, sealed } = read;
  return {
    ...{ events, disowned, checkpoints, ...(missing.names.length > 0 ? { archives_missing: missing.names } : {}) },
    ok: findings.isEmpty,
    sealed_up_to: sealed,
    unsealed: events - sealed,
    findings: findings.list(),
  };
}

/** Compares the log with the leaves that a note confirms, and refines what was found by what they know. */
async function align(
  options: VerifyOptions,
  { size, missing }: { readonly size: number; readonly missing: MissingArchives },
  found: Findings,
): Promise<void> {
  const { store, prefix, keys, leaves, onProgress } = options;
  const findings = new Findings(prefix);
  const alignment = new Alignment({ leaves, size, findings, isExcused: (leaf) => missing.excuses(leaf) });
  let waiting: (HashedEvent & { readonly isRefused: boolean }) | null = null;
  const take = async (nextId: string | null): Promise<void> => {
    // An event whose MAC stands on something that was altered is not to blame for it.
    if (waiting !== null && (await alignment.take(waiting, nextId)) && waiting.isRefused) found.clear(waiting.recorded.id);
  };
  const log = new AuthenticLog({ store, prefix, keys, archived: 'if_there' });
  const read = (after: Position | null): Promise<CheckedPage> => log.page(after, PAGE);
  const count = ({ events }: CheckedPage): number => events.length;
  const takeEach = async (events: readonly CheckedEvent[], mayClear: boolean): Promise<void> => {
    for (const { recorded, verdict } of events) {
      if (verdict === 'disowned' || verdict === 'void') continue;
      await take(recorded.id);
      waiting = { recorded, hash: leafHash(leafRecord(recorded)), isRefused: mayClear && verdict !== 'ours' };
    }
  };
  for await (const { events } of logPages({ store, read, count, onProgress })) await takeEach(events, true);
  // Last, so that what was moved there is found to be gone from its place before.
  await takeEach(await log.misplaced(MAX_MISPLACED), false);
  await take(null);
  await alignment.close();
  found.refine(findings);
}
