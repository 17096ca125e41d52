import type { Answer, Reservation } from './reservations.js';

/** How a limit stands that the client may know of, for the headers of its answer. */
export interface LimitStatus {
  readonly policy: string;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** The request is refused: 429. */
export interface Refusal {
  readonly refused: { readonly retryAfterSeconds: number; readonly policy: string };
  readonly shown: readonly LimitStatus[];
}

/** The attempt may go on. Exactly one of the three has to follow. */
export interface Attempt {
  readonly refused: null;
  readonly shown: readonly LimitStatus[];
  /** It was right: nothing is counted. */
  succeed(): Promise<void>;
  /** It was wrong: it stays counted. */
  fail(): Promise<void>;
  /** It was not carried out (a store is down, the server busy, the client gone): nothing is counted. */
  cancel(): Promise<void>;
}

/** The request was counted and may go on. */
export interface Admission {
  readonly refused: null;
  readonly shown: readonly LimitStatus[];
  /** For a request that was not carried out (a store is down, the server busy). */
  giveBack(): Promise<void>;
}

export function attempt(reservation: Reservation): Attempt {
  return {
    refused: null,
    shown: statusesOf(reservation.answers),
    succeed: () => reservation.giveBack(),
    fail: () => reservation.keep(),
    cancel: () => reservation.giveBack(),
  };
}

export function admission(reservation: Reservation): Admission {
  return { refused: null, shown: statusesOf(reservation.answers), giveBack: () => reservation.giveBack() };
}

/** What is refused may come again when all of its budgets are there again. */
export function refusal(answers: readonly Answer[]): Refusal {
  const seconds = answers.map(({ state }) => secondsOf(state.msBeforeReset));
  const policy = answers[0]?.budget.policy ?? '';
  return { refused: { retryAfterSeconds: Math.max(1, ...seconds), policy }, shown: statusesOf(answers) };
}

/** The one of two refusals that ends first. */
export function earlier(one: Refusal, other: Refusal): Refusal {
  return one.refused.retryAfterSeconds <= other.refused.retryAfterSeconds ? one : other;
}

/** The status that binds first, of those that the client may know: how busy the networks around it are says no more to it. */
function statusesOf(answers: readonly Answer[]): LimitStatus[] {
  const shown = answers.filter(({ budget }) => budget.shown).map(statusOf);
  return shown.sort((one, other) => one.remaining - other.remaining).slice(0, 1);
}

function statusOf({ budget, state }: Answer): LimitStatus {
  return {
    policy: budget.policy,
    quota: budget.points,
    windowSeconds: budget.windowSeconds,
    remaining: state.remaining,
    resetSeconds: secondsOf(state.msBeforeReset),
  };
}

function secondsOf(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
