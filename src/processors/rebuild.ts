import type { Instant } from '../domain/instant.js';
import type { EventLog, LogBatch, LogPage } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import type { DocumentKey } from '../read-model/documents.js';
import type { Rebuild, Rebuildable, VersionToken } from '../read-model/read-model.js';
import { PROJECTED_STREAMS } from '../../projections/collections.js';
import { BufferedTarget } from './buffered-target.js';
import { Comparison } from './comparison.js';
import { removeSessionsOf } from './erase-user.js';
import { lastEventOf, taken, UnappliedEventError } from './processor.js';
import { isOfThisLog, OtherLogError } from './other-log.js';
import { projectBatch } from './project-batch.js';

// A live server has its turn after each.
const PAGE = 500;
// The buffer in front of the target keeps account of that.
const VERSION: VersionToken = '';
// Of a read model of another log nothing is still changing: whatever is not as this log says is a difference.
const BEYOND_ANY_LOG = '\uffff';
// How often documents that the live projector is changing meanwhile are looked at again.
const MAX_PASSES = 20;

const OTHER_LOG =
  'the read model is of another log, or of this one before it was restored to an earlier moment: nothing was compared; ' +
  '`rebuild` makes it again';

const IN_USE =
  'the read model in place is of another log, and a running server projects that log into it: check STREAM_PREFIX and MONGODB_URL; ' +
  'if the read model of this log is to take its place, stop those servers first';

export interface RebuildOptions {
  readonly log: Pick<EventLog, 'readAll' | 'holds'>;
  readonly readModel: Rebuildable;
  /** How long an ended session stays, in milliseconds: one that retention has removed from the live read model is no difference. */
  readonly retentionMs: number;
  /** Milliseconds since 1970: asked at each comparison, since retention goes on meanwhile. */
  readonly now: () => Instant;
  /** Whether an instance projects another log into the live read model. Default: none does. */
  readonly isInUse?: () => Promise<boolean>;
  /** Compare only; the live read model stays. */
  readonly dryRun?: boolean;
  /** How many events were read so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress?: (events: number, share: number) => void;
}

export interface RebuildResult {
  /** The events of ours in the log. */
  readonly events: number;
  readonly documents: number;
  /** The documents that were not as the log says. */
  readonly differences: readonly DocumentKey[];
  /** Whether the live read model had a checkpoint. Without one nothing was projected into it yet, or another tool has altered it. */
  readonly isBuilt: boolean;
  /** Whether the live read model was of another log, or of this one before it was restored to an earlier moment. */
  readonly wasOfOtherLog: boolean;
}

/**
 * Builds the read model from the whole log beside the live one (a blue/green rebuild), compares the two document by document,
 * then puts the new one in place (G8). The live projector may go on meanwhile. Rejects as the stores do, with
 * `RefusedEventError` for an event that is not taken, with `UnappliedEventError` for one that cannot be applied, and with
 * `OtherLogError` where the live read model is of another log and in use, or only to be compared; the live read model stays then.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildResult> {
  const wasOfOtherLog = !(await isOfThisLog(options.log, await options.readModel.progress()));
  // Up to its checkpoint there may be nothing to compare, or all may agree by chance: that would say nothing of this log.
  if (wasOfOtherLog && options.dryRun === true) throw new OtherLogError(OTHER_LOG);
  if (wasOfOtherLog) await checkUnused(options);
  const building = await options.readModel.beginRebuild();
  try {
    const result = await (wasOfOtherLog ? buildInstead : buildAndCompare)(options, building);
    if (result !== null) return result;
    await building.discard();
    return await rebuild(options);
  } catch (error) {
    await building.discard();
    throw error;
  }
}

/** Null if the projector has begun meanwhile: then the comparison was with a part of the log that it did not know of. */
async function buildAndCompare(options: RebuildOptions, building: Rebuild): Promise<RebuildResult | null> {
  const { readModel, now, retentionMs } = options;
  const replay = new Replay(options, building.target);
  const comparison = new Comparison(readModel, building.target, () => now() - retentionMs);
  // Both must show the same part of the log; the live one may go on in the meantime, or lag behind the log's end.
  let reached = await readModel.checkpoint();
  const isBuilt = reached !== null;
  // Without a checkpoint the live one owes what the whole log says: another tool can remove that as well as any document.
  await replay.upTo(reached);
  await comparison.compareAll(reached ?? replay.reached);
  if (!isBuilt && (await readModel.checkpoint()) !== null) return null;
  for (let pass = 1; comparison.unsettled.length > 0 && pass < MAX_PASSES; pass += 1) {
    reached = (await readModel.checkpoint()) ?? replay.reached;
    await replay.upTo(reached);
    await comparison.compareUnsettled(reached);
  }
  await comparison.close();
  await finish(options, replay, building);
  const { documents, isAnyLive } = comparison;
  // One that is empty is as none: the projector begins with the log's first event.
  const differences = isBuilt || isAnyLive ? comparison.differences : [];
  return { events: replay.events, documents, differences, isBuilt, wasOfOtherLog: false };
}

/** What another log's servers show is theirs: a mistyped variable must not take it from them. */
async function checkUnused({ isInUse }: RebuildOptions): Promise<void> {
  if ((await isInUse?.()) === true) throw new OtherLogError(IN_USE);
}

/** In the place of a read model of another log: the two are compared once each is whole. */
async function buildInstead(options: RebuildOptions, building: Rebuild): Promise<RebuildResult> {
  const { readModel, now, retentionMs } = options;
  const replay = new Replay(options, building.target);
  const comparison = new Comparison(readModel, building.target, () => now() - retentionMs);
  await replay.upTo(null);
  await comparison.compareAll(BEYOND_ANY_LOG);
  // A server may have begun meanwhile.
  await checkUnused(options);
  await finish(options, replay, building);
  const { documents, differences } = comparison;
  return { events: replay.events, documents, differences, isBuilt: true, wasOfOtherLog: true };
}

/** Applies the rest of the log, and puts the new read model in place unless it was only to be compared. */
async function finish({ dryRun }: RebuildOptions, replay: Replay, building: Rebuild): Promise<void> {
  await replay.upTo(null);
  for (const userId of replay.erased) await removeSessionsOf(building.target, userId);
  if (dryRun === true) await building.discard();
  else await building.swap();
}

/** Applies the log to the new read model. */
class Replay {
  readonly #options: RebuildOptions;
  readonly #target: BufferedTarget;
  #checkpoint: Position | null = null;
  #from: Instant | null = null;
  events = 0;
  /** The users who were erased: their sessions are in the log, and stay out of the read model. */
  readonly erased = new Set<string>();

  constructor(options: RebuildOptions, target: Rebuild['target']) {
    this.#options = options;
    this.#target = new BufferedTarget(target);
  }

  /** How far the log was applied; empty before its first event. */
  get reached(): Position {
    return this.#checkpoint ?? '';
  }

  /** Goes on up to a position, or to the end of the log. */
  async upTo(end: Position | null): Promise<void> {
    await this.#read(end);
    await this.#target.flush();
  }

  async #read(end: Position | null): Promise<void> {
    while (end === null || this.#checkpoint === null || this.#checkpoint < end) {
      const after = this.#checkpoint === null ? {} : { after: this.#checkpoint };
      const page = await this.#options.log.readAll({ ...after, maxCount: PAGE });
      await this.#apply(end === null ? page : cut(page, end));
      if (page.isEnd) return;
    }
  }

  async #apply({ events, position }: LogBatch): Promise<void> {
    // The end of the log, where nothing new is read.
    if (position <= (this.#checkpoint ?? '')) return;
    const batch = { events: taken(events, { streams: PROJECTED_STREAMS }), position, lastEvent: lastEventOf(events) };
    const { unapplied } = await projectBatch(this.#target, batch, VERSION);
    if (unapplied !== null) throw new UnappliedEventError(unapplied);
    for (const { event, stream } of events)
      if (event.type === 'UserErased' && stream.kind === 'user') this.erased.add(stream.userId);
    this.#checkpoint = position;
    this.events += events.length;
    this.#report(events.at(-1)?.occurredAt);
  }

  /** The share is measured by time: how much of the log there is, only its end shows. */
  #report(reached: Instant | undefined): void {
    if (reached === undefined) return;
    this.#from ??= reached;
    const whole = this.#options.now() - this.#from;
    const share = whole > 0 ? (reached - this.#from) / whole : 1;
    this.#options.onProgress?.(this.events, Math.min(1, Math.max(0, share)));
  }
}

/** What of a page stands up to a position. */
function cut(page: LogPage, end: Position): LogBatch {
  if (page.position <= end) return page;
  return { events: page.events.filter(({ position }) => position <= end), position: end };
}
