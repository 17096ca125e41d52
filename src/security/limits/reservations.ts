import type { LimitBudget } from './budgets.js';
import { InFlight } from './in-flight.js';
import type { BudgetState, LimitCounters } from './limit-counters.js';

/** A budget, and how it stood when it was asked. */
export interface Answer {
  readonly budget: LimitBudget;
  readonly state: BudgetState;
}

/** A point of each budget, taken before the outcome is known. It is settled once; later calls do nothing. */
export interface Reservation {
  readonly answers: readonly Answer[];
  /** The points stay taken. */
  keep(): Promise<void>;
  /** The points are given back. */
  giveBack(): Promise<void>;
}

/** Takes points of several budgets, all or none. */
export class Reservations {
  readonly #counters: LimitCounters;
  readonly #inFlight = new InFlight();

  constructor(counters: LimitCounters) {
    this.#counters = counters;
  }

  /**
   * Takes a point of each budget, or answers which of them are spent. Points that are merely in flight are waited for, as
   * long as the signal is not aborted.
   */
  async reserve(budgets: readonly LimitBudget[], signal?: AbortSignal): Promise<Reservation | readonly Answer[]> {
    let handed: string | null = null;
    for (;;) {
      const trying = take(this.#counters, budgets, this.#inFlight);
      // Only now: meanwhile nobody else saw the place empty.
      if (handed !== null) this.#inFlight.leave(handed, false);
      const result = await trying;
      if ('keep' in result) return result;
      // Waiting helps only if each of the spent budgets may get a point back.
      const keys = result.map(({ budget }) => budget.key);
      const [key] = keys;
      if (key === undefined || !keys.every((one) => this.#inFlight.has(one))) return result;
      const turn = await this.#inFlight.wait(key, signal);
      if (turn === 'refuse') return result;
      handed = turn === 'handed' ? key : null;
    }
  }

  /** Takes a point of each budget, or answers which of them are spent. Never waits. */
  take(budgets: readonly LimitBudget[]): Promise<Reservation | readonly Answer[]> {
    return take(this.#counters, budgets, null);
  }
}

async function take(
  counters: LimitCounters,
  budgets: readonly LimitBudget[],
  inFlight: InFlight | null,
): Promise<Reservation | readonly Answer[]> {
  const known = budgets.flatMap((budget) => {
    const state = counters.spent(budget);
    return state === null ? [] : [{ budget, state }];
  });
  if (known.length > 0) return known;
  for (const { key } of budgets) inFlight?.enter(key);
  const answers = await Promise.all(budgets.map(async (budget) => ({ budget, state: await counters.consume(budget) })));
  const refused = answers.filter(({ state }) => !state.allowed);
  const reservation = reservationOf(
    counters,
    answers.filter(({ state }) => state.allowed),
    inFlight,
  );
  if (refused.length === 0) return reservation;
  await reservation.giveBack();
  for (const { budget } of refused) inFlight?.leave(budget.key, false);
  return refused;
}

function reservationOf(counters: LimitCounters, answers: readonly Answer[], inFlight: InFlight | null): Reservation {
  const takenAt = performance.now();
  let isSettled = false;
  const settle = async (isFree: boolean): Promise<void> => {
    if (isSettled) return;
    isSettled = true;
    await Promise.all(
      answers.map(async ({ budget, state }) => {
        // A window that has ended took its points along: a failure counts in the next one, a success owes it nothing.
        const hasEnded = performance.now() - takenAt >= state.msBeforeReset;
        if (isFree && !hasEnded) await counters.reward(budget);
        if (!isFree && hasEnded) await counters.penalty(budget);
        inFlight?.leave(budget.key, isFree);
      }),
    );
  };
  return { answers, keep: () => settle(false), giveBack: () => settle(true) };
}
