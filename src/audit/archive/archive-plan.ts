import { isAlive } from '../../domain/token-family/end-token.js';
import { hasExpired } from '../../domain/token-family/policy.js';
import type { Instant } from '../../domain/instant.js';
import type { StreamId } from '../../domain/streams.js';
import type { CheckedEvent } from '../../event-store/authentic-log.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import { loadFamilyAndAccount, type FamilyAndAccount, type LoadContext } from '../../event-store/load.js';
import type { Position } from '../../event-store/position.js';
import { parseMetadata } from '../../event-store/stored-metadata.js';

/** Which events are to be archived. */
export interface ArchiveBounds {
  /** Those that occurred before it. */
  readonly before: Instant;
  /** Those of families that ended before it, too. */
  readonly endedBefore: Instant;
  /** None behind it: no note covers them. Null: no event is covered. */
  readonly sealedUpTo: Position | null;
}

/** A stream, and before which revision its events are archived. */
export interface PlannedStream {
  readonly stream: string;
  readonly before: number;
}

/** One device's stream, as far as it was read. */
interface Seen {
  readonly first: number;
  newest: RecordedEvent & { readonly occurredAt: Instant };
  /** The first revision that is not old enough; null if all were so far. */
  firstYoung: number | null;
  /** The first revision that no note covers. */
  firstUnsealed: number | null;
  /** The newest event that issued a family old enough: all before it are of families that ended before. */
  issuedEarly: number;
  /** The revisions of the events on which the newest family's current and previous tokens stand. */
  current: number | null;
  previous: number | null;
}

const ISSUES = ['TokenIssued', 'TokenRotated'];
const ENDS = ['TokenRevoked', 'TokenExpired'];

/** Finds out, by one reading of the log, how much of every device's stream can be archived: always a beginning of it. */
export class ArchivePlan {
  readonly #bounds: ArchiveBounds;
  readonly #streams = new Map<string, Seen>();
  /** Events old enough that no note covers yet. */
  unsealed = 0;

  constructor(bounds: ArchiveBounds) {
    this.#bounds = bounds;
  }

  /** Takes the next event of the log. Throws its `RefusedEventError` if it is not ours: nothing is archived of that log. */
  take({ recorded, kind, verdict }: CheckedEvent): void {
    if (typeof verdict !== 'string') throw verdict;
    // What is void stands in a stream that was destroyed: nothing of that is left to be archived.
    if (kind !== 'token' || verdict === 'void') return;
    const seen = this.#streams.get(recorded.stream) ?? begin(recorded);
    this.#streams.set(recorded.stream, seen);
    const isOurs = verdict === 'ours';
    // An event of somebody else, which was disowned, need not say when it occurred: it goes with those around it.
    const occurredAt = (isOurs ? parseMetadata(recorded.metadata)?.occurredAt : null) ?? -Infinity;
    this.#takeTime(seen, recorded, occurredAt);
    if (isOurs) this.#takeOurs(seen, recorded, occurredAt);
  }

  #takeTime(seen: Seen, { revision, position }: RecordedEvent, occurredAt: Instant): void {
    const { before, sealedUpTo } = this.#bounds;
    const isOld = occurredAt < before;
    if (!isOld) seen.firstYoung ??= revision;
    if (sealedUpTo !== null && position <= sealedUpTo) return;
    seen.firstUnsealed ??= revision;
    if (isOld) this.unsealed += 1;
  }

  #takeOurs(seen: Seen, recorded: RecordedEvent, occurredAt: Instant): void {
    const { type, revision } = recorded;
    seen.newest = { ...recorded, data: '', metadata: '', occurredAt };
    if (type === 'TokenIssued' && occurredAt < this.#bounds.endedBefore) seen.issuedEarly = revision;
    if (!ISSUES.includes(type)) return;
    seen.previous = type === 'TokenIssued' ? null : seen.current;
    seen.current = revision;
  }

  /**
   * The streams of which something is archived, in the order in which they are met in the log. What a family that lives still needs is
   * asked of the log as it is now. `streamOf` gives the stream of a name.
   */
  async *streams(
    context: LoadContext,
    streamOf: (name: string) => StreamId | null,
    now: Instant,
  ): AsyncGenerator<PlannedStream, void, undefined> {
    for (const [stream, seen] of this.#streams) {
      const before = await this.#before(context, seen, { id: streamOf(stream), now });
      if (before > seen.first) yield { stream, before };
    }
  }

  async #before(
    context: LoadContext,
    seen: Seen,
    { id, now }: { readonly id: StreamId | null; readonly now: Instant },
  ): Promise<number> {
    const { newest, firstYoung, firstUnsealed, issuedEarly } = seen;
    // The newest event of a stream always stays.
    const most = Math.min(newest.revision, firstUnsealed ?? Infinity);
    const wanted = Math.min(most, Math.max(firstYoung ?? Infinity, issuedEarly));
    if (ENDS.includes(newest.type)) return newest.occurredAt < this.#bounds.endedBefore ? most : wanted;
    // Nothing would go whatever the family's state is.
    if (most <= seen.first || id?.kind !== 'token') return 0;
    const loaded = await loadFamilyAndAccount(context, id.userId, id.deviceId);
    return loaded === null ? 0 : this.#ofOpenEnd(seen, loaded, { most, wanted, now });
  }

  /** How much may go where no event of the stream says that its newest family has ended. */
  #ofOpenEnd(
    { current, previous }: Seen,
    { family: { state }, account: { account } }: FamilyAndAccount,
    { most, wanted, now }: { readonly most: number; readonly wanted: number; readonly now: Instant },
  ): number {
    const { family } = state;
    const isActive = isAlive(state, { sid: family.sid, account, now });
    if (isActive) return Math.min(wanted, previous ?? current ?? 0);
    return hasExpired(family, this.#bounds.endedBefore) ? most : wanted;
  }
}

function begin(recorded: RecordedEvent): Seen {
  return {
    first: recorded.revision,
    newest: { ...recorded, occurredAt: Infinity },
    ...{ firstYoung: null, firstUnsealed: null, issuedEarly: 0, current: null, previous: null },
  };
}
