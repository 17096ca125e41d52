import { distance, type Instant } from '../instant.js';
import type { FamilyPolicy } from './policy.js';
import { holderOf, isSame, type Presenter } from './presenter.js';
import type { Contested, FamilySnapshot, Holder } from './snapshot.js';

/** How often at most a generation is contested: two holders in step are theft at the second one within so many. */
const CONTESTED_ONCE_IN = 10;
/** To how many others the successor of a contested generation is handed out. */
const MAX_HOLDERS = 8;

/** To whom the present token is handed out once more. `isNew`: the log does not say so yet. */
export interface Redelivery {
  readonly kind: 'same_client' | 'contested';
  readonly isNew: boolean;
  /** After the redelivery. */
  readonly family: FamilySnapshot;
}

/**
 * What is due to an entitled presenter of an older generation: the successor once more, or null, which means theft. The
 * successor of the previous generation is the present token, so it is not used yet.
 */
export function redeliver(
  family: FamilySnapshot,
  presenter: Presenter & { readonly now: Instant; readonly policy: FamilyPolicy },
): Redelivery | null {
  const { presented, now, policy } = presenter;
  if (presented.generation !== family.generation - 1) return null;
  const inGrace = distance(now, family.token.tokenIssuedAt) < policy.lifetimes.graceMs;
  const holder = holderOf(presenter);
  // A key names one attempt, however late it comes. A tag distinguishes clients for a while only.
  if (!inGrace && !('attempt' in holder)) return null;
  if (isMaker(family, holder, inGrace)) {
    return { kind: 'same_client', isNew: !family.redelivered, family: { ...family, redelivered: true } };
  }
  const known = holdersOf(family, presented.generation);
  if (known.some((one) => isSame(one, holder))) return { kind: 'same_client', isNew: false, family };
  if (!inGrace || !mayContest(family, presented.generation, known)) return null;
  const contested = { generation: presented.generation, holders: withHolder(known, holder) };
  return { kind: 'contested', isNew: true, family: { ...family, contested } };
}

/** The last contested generation, whether the family learned of it before its present token was issued or after. */
export function lastContestedOf({ contested, token }: FamilySnapshot): number | null {
  return contested?.generation ?? token.lastContested;
}

/** Whether this is the client that the last rotation was for. In a bound family the proof already says who it is. */
function isMaker({ attempt, tag, binding }: FamilySnapshot, holder: Holder, inGrace: boolean): boolean {
  if (binding !== null && inGrace) return true;
  return isSame(attempt === null ? { tag } : { attempt }, holder);
}

function holdersOf({ contested }: FamilySnapshot, generation: number): Contested['holders'] {
  return contested?.generation === generation ? contested.holders : [];
}

function mayContest(family: FamilySnapshot, generation: number, known: readonly Holder[]): boolean {
  const last = lastContestedOf(family);
  if (last === generation) return known.length < MAX_HOLDERS;
  return last === null || generation - last >= CONTESTED_ONCE_IN;
}

/** Attempts stand before tags, as they do in the log. */
function withHolder(known: readonly Holder[], holder: Holder): readonly Holder[] {
  const attempts = known.filter((one) => 'attempt' in one);
  const tags = known.filter((one) => 'tag' in one);
  return 'attempt' in holder ? [...attempts, holder, ...tags] : [...attempts, ...tags, holder];
}
