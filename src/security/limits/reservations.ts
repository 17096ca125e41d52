import { setTimeout as sleep } from 'node:timers/promises';
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
  /** The attempt failed: the points stay taken. */
  keep(): Promise<void>;
  /** The points are given back. */
  giveBack(): Promise<void>;
}

/** Nobody waits longer to learn whether others fail. */
const MAX_WAIT_MS = 10_000;
/** How often to look for points that another instance gives back; up to twice as long, so that not all look at once. */
const POLL_MS = 50;
/** Points in flight are back after so long. */
const IN_FLIGHT_MS = 2_000;

/**
 * Takes points of several budgets, all or none. A reservation counts as a failure until it is settled, so a parallel burst
 * cannot bypass a limit. Failures are also counted by themselves: that shows whether a budget is spent, or only in flight.
 */
export class Reservations {
  readonly #counters: LimitCounters;
  readonly #inFlight = new InFlight();

  constructor(counters: LimitCounters) {
    this.#counters = counters;
  }

  /** Takes a point of each budget, or answers which of them are spent. Never waits. */
  async take(budgets: readonly LimitBudget[]): Promise<Reservation | readonly Answer[]> {
    const known = budgets.flatMap((budget) => answerOf(budget, this.#counters.spent(budget)));
    return known.length > 0 ? known : this.#take(budgets, null);
  }

  /**
   * Takes a point of each budget, or answers which of them were spent by failures. For points that are in flight it waits,
   * as long as the signal is not aborted: correct sign-ins at once are neither refused nor put in a row.
   */
  async reserve(budgets: readonly LimitBudget[], signal?: AbortSignal): Promise<Reservation | readonly Answer[]> {
    const deadline = performance.now() + MAX_WAIT_MS;
    let handed: string | null = null;
    for (;;) {
      const known = budgets.flatMap((budget) => answerOf(budget, this.#counters.spent(failuresOf(budget))));
      const trying = known.length > 0 ? known : this.#take(budgets, this.#inFlight);
      // Only now: meanwhile nobody else saw the place empty.
      if (handed !== null) this.#inFlight.leave(handed, false);
      const result = await trying;
      if ('keep' in result || known.length > 0) return result;
      const spent = await this.#spentByFailures(result);
      if (spent.length > 0) return spent;
      const left = deadline - performance.now();
      if (left <= 0 || signal?.aborted) return result.map(inFlight);
      handed = await this.#wait(result, left, signal);
    }
  }

  /** Waits for one of the points; answers the key of which it was handed a place. */
  async #wait(refused: readonly Answer[], ms: number, signal: AbortSignal | undefined): Promise<string | null> {
    const key = refused.map(({ budget }) => budget.key).find((one) => this.#inFlight.has(one));
    if (key !== undefined) return (await this.#inFlight.wait(key, ms, signal)) === 'handed' ? key : null;
    // They are another instance's.
    await sleep(Math.min(ms, POLL_MS * (1 + Math.random())));
    return null;
  }

  async #spentByFailures(refused: readonly Answer[]): Promise<readonly Answer[]> {
    const answers = refused.map(async ({ budget }) => {
      const state = await this.#counters.get(failuresOf(budget));
      return answerOf(budget, state.allowed ? null : state);
    });
    return (await Promise.all(answers)).flat();
  }

  async #take(budgets: readonly LimitBudget[], inFlight: InFlight | null): Promise<Reservation | readonly Answer[]> {
    for (const { key } of budgets) inFlight?.enter(key);
    const asked = budgets.map(async (budget) => ({ budget, state: await this.#counters.consume(budget) }));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ state }) => !state.allowed);
    const taken = answers.filter(({ state }) => state.allowed);
    const reservation = this.#reservation(taken, inFlight);
    if (refused.length === 0) return reservation;
    await reservation.giveBack();
    for (const { budget } of refused) inFlight?.leave(budget.key, false);
    return refused;
  }

  #reservation(answers: readonly Answer[], inFlight: InFlight | null): Reservation {
    const takenAt = performance.now();
    let isSettled = false;
    const settle = async (isFree: boolean): Promise<void> => {
      if (isSettled) return;
      isSettled = true;
      const settled = answers.map(async ({ budget, state }) => {
        // A window that has ended took its points along: a failure counts in the next one, a success owes it nothing.
        const hasEnded = performance.now() - takenAt >= state.msBeforeReset;
        if (!isFree) await this.#counters.penalty(failuresOf(budget));
        if (isFree && !hasEnded) await this.#counters.reward(budget);
        if (!isFree && hasEnded) await this.#counters.penalty(budget);
        inFlight?.leave(budget.key, isFree);
      });
      await Promise.all(settled);
    };
    return { answers, keep: () => settle(false), giveBack: () => settle(true) };
  }
}

/** The failures of a budget alone. */
function failuresOf(budget: LimitBudget): LimitBudget {
  return { ...budget, key: `${budget.key}:failed` };
}

function answerOf(budget: LimitBudget, state: BudgetState | null): Answer[] {
  return state === null ? [] : [{ budget, state }];
}

/** A refusal only because of others that are not decided: it may be over soon, whenever the window ends. */
function inFlight({ budget, state }: Answer): Answer {
  return { budget, state: { ...state, msBeforeReset: Math.min(state.msBeforeReset, IN_FLIGHT_MS) } };
}
