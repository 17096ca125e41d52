/** A number of points that may be taken with one key in one window. The window begins with the first point taken. */
export interface Budget {
  /** Holds no address and no email; see `Budgets`. */
  readonly key: string;
  readonly points: number;
  readonly windowSeconds: number;
}

/** How a budget stands. */
export interface BudgetState {
  /** Whether the point was taken; from `get` and `spent`, whether one is left. */
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends; those of a whole window if none has begun. */
  readonly msBeforeReset: number;
}

/**
 * Counters of limits, shared by all instances or kept by one. No method rejects because a store is down: an adapter with a
 * store counts in memory meanwhile, so that an outage neither lifts the limits nor stops the service.
 */
export interface LimitCounters {
  /** Takes a point if one is left. A refusal takes none, so asking again and again does not prolong it. */
  consume(budget: Budget): Promise<BudgetState>;
  /** Takes a point, also when none is left. */
  penalty(budget: Budget): Promise<BudgetState>;
  /** Gives a point back. Nothing happens if none was taken in this window. */
  reward(budget: Budget): Promise<BudgetState>;
  /** How the budget stands; takes nothing. */
  get(budget: Budget): Promise<BudgetState>;
  /** The state of a budget that is known to be spent, without asking a store: under attack most answers cost no more. */
  spent(budget: Budget): BudgetState | null;
}

/** The state of a budget of which so many points are taken. */
export function budgetState(budget: Budget, taken: number, msBeforeReset: number): BudgetState {
  const remaining = Math.max(0, budget.points - taken);
  return { allowed: remaining > 0, remaining, msBeforeReset: Math.max(0, msBeforeReset) };
}
