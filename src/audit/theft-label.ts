import { distance, type Instant } from '../domain/instant.js';
import type { FamilyStep, TracedFamily } from './families.js';
import { isSameClient, type AuditedClient } from './personal.js';

/**
 * - `stolen`: two held the session, and nothing says that they are one.
 * - `lost_response`: one client did not get an answer, and asked again in a way that looks like a thief's.
 * - `concurrent_client`: one client asked twice at the same time.
 */
export type TheftLabel = 'stolen' | 'lost_response' | 'concurrent_client';

/** What a trace of theft is taken for, when it was seen, and which generation was shown by whom. */
export interface Verdict {
  readonly label: TheftLabel;
  readonly detectedAt: Instant;
  readonly generation: number;
  readonly presenter: AuditedClient;
}

/** Requests of one client that are this close to each other are taken for simultaneous. */
const AT_ONCE_MS = 2_000;

/**
 * What the traces of a family are taken for, as one verdict: the reuse that ended it, else the worst of its contested redeliveries.
 * In doubt it is theft: who is unknown, or shows a token whose successor was used, is nobody's mistake.
 */
export function verdictOf(traced: TracedFamily): Verdict {
  const verdicts = traced.steps.flatMap((step, index) => verdictOfStep(traced, step, index));
  const worst = verdicts.find(({ isReuse }) => isReuse) ?? verdicts.find(({ label }) => label === 'stolen') ?? verdicts[0];
  if (worst === undefined) throw new Error('the family holds no trace of theft');
  const { label, detectedAt, generation, presenter } = worst;
  return { label, detectedAt, generation, presenter };
}

function verdictOfStep(
  traced: TracedFamily,
  { event: { type, data }, occurredAt: detectedAt, client: presenter }: FamilyStep,
  index: number,
): (Verdict & { readonly isReuse: boolean })[] {
  const maker = makerOf(traced, data.family.generation, index);
  if (type === 'TokenReuseDetected') {
    const { presentedGeneration: generation, family } = data;
    const isRetry = generation === family.generation - 1 && !isOfAnother(traced, generation);
    const label = isRetry && isSameClient(presenter, maker.client) ? ofOneClient(traced, index) : 'stolen';
    return [{ label, detectedAt, generation, presenter, isReuse: true }];
  }
  if (type !== 'TokenRedelivered' || !data.contested) return [];
  const label = labelOfContest(traced, { presenter, maker, index, detectedAt });
  return [{ label, detectedAt, generation: data.family.generation - 1, presenter, isReuse: false }];
}

/** A token of before the family was bound to a key, or adopted by a client, without its proof: a copy. */
function isOfAnother({ family: { binding, adoption } }: TracedFamily, generation: number): boolean {
  return generation < (binding?.generation ?? 0) || generation < (adoption?.generation ?? 0);
}

/** One client whose token was refused: it ran twice if it was seen to do so before, else it came too late. */
function ofOneClient({ steps }: TracedFamily, index: number): TheftLabel {
  const ranTwice = steps.slice(0, index).some(({ event }) => event.type === 'TokenRedelivered' && event.data.contested);
  return ranTwice ? 'concurrent_client' : 'lost_response';
}

interface Contest {
  readonly presenter: AuditedClient;
  /** The step that made the successor. */
  readonly maker: FamilyStep;
  readonly index: number;
  readonly detectedAt: Instant;
}

function labelOfContest({ steps }: TracedFamily, { presenter, maker, index, detectedAt }: Contest): TheftLabel {
  if (isSameClient(presenter, maker.client))
    return distance(detectedAt, maker.occurredAt) < AT_ONCE_MS ? 'concurrent_client' : 'lost_response';
  if (presenter.ip === null || presenter.user_agent !== maker.client.user_agent) return 'stolen';
  // One program in two networks: a phone on its way, unless the first one went on too.
  const isBack = steps
    .slice(index + 1)
    .some(({ event, client }) => event.type === 'TokenRotated' && isSameClient(client, maker.client));
  return isBack ? 'stolen' : 'lost_response';
}

/** The step before another one that issued a generation. */
function makerOf({ steps }: TracedFamily, generation: number, before: number): FamilyStep {
  const isMaker = ({ event: { type, data } }: FamilyStep): boolean =>
    (type === 'TokenIssued' || type === 'TokenRotated') && data.family.generation === generation;
  const maker = steps.slice(0, before).findLast(isMaker) ?? steps[0];
  if (maker === undefined) throw new Error('a family has a first event');
  return maker;
}
