import { lives } from '../../src/domain/account/state.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { hasExpired } from '../../src/domain/token-family/policy.js';
import { rotateToken } from '../../src/domain/token-family/rotate-token.js';
import { asIssued, evolveFamily, stateOf, type FamilyState } from '../../src/domain/token-family/state.js';
import { POLICY, type Held } from './family-history.js';
import type { FamilyWorld, Refreshed } from './family-world.js';

/** A guarantee does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

/** Who asked for a refresh, in which attempt, and when, by the world's count of steps. */
export interface Asked {
  readonly name: string;
  readonly keyed: boolean;
  readonly attempt: string | null;
  readonly begun: number;
  /** Whether nobody else ever held a token of the family. */
  readonly isAlone: boolean;
}

/** Watches a world and keeps books of its own. Throws `Violation` at the first guarantee that does not hold. */
export class FamilyGuarantees {
  readonly #world: FamilyWorld;
  readonly #ended = new Map<string, number>();
  readonly #successors = new Map<string, Held>();
  /** In which attempt each successor was made. */
  readonly #attempts = new Map<string, string | null>();
  readonly #answered: { readonly revocations: number; readonly step: number }[] = [];

  constructor(world: FamilyWorld) {
    this.#world = world;
  }

  /** A logout of this family was answered. */
  loggedOut(sid: string): void {
    must(!this.#goesOn(sid), 'G4: a logout that was answered has ended the family');
    this.#ended.set(sid, this.#world.step);
  }

  /** A revocation of all tokens was answered: the newest one, or one before it. */
  revokedAll(): void {
    this.#answered.push({ revocations: this.#world.revocations.length, step: this.#world.step });
  }

  /** A refresh was answered. */
  refreshed(refreshed: Refreshed, asked: Asked): void {
    const { presented, before, decision, now, account } = refreshed;
    const isOpen = before?.end === null && lives(before.family, account) && !hasExpired(before.family, now);
    if (decision.family !== null) this.#handedOut(refreshed, asked, isOpen);
    if (decision.outcome === 'revoked') must(!this.#goesOn(presented.sid), 'T10: a current session is not refused');
    if (decision.outcome === 'reused' && isOpen)
      must(typesOf(decision.events) === 'TokenReuseDetected,TokenRevoked', 'G3: theft ends the family, in one append');
    if (isOpen && before.family.sid === presented.sid && presented.generation < before.family.generation)
      this.#olderPresented(before, refreshed, asked);
  }

  #handedOut({ presented, decision }: Refreshed, { name, keyed, attempt, begun }: Asked, isOpen: boolean): void {
    const token = asIssued(decision.family!);
    const { jti } = token.token;
    const known = this.#successors.get(presented.token.jti);
    must(isOpen, 'G11: nothing is handed out once a family is over');
    must(!this.#isOver(presented.sid, begun), 'G4: nothing is handed out to a refresh begun after the end was answered');
    must((known === undefined) === (decision.outcome === 'rotated'), 'G1: a token rotates once');
    if (known !== undefined) must(JSON.stringify(known) === JSON.stringify(token), 'G1: the successor is the very same');
    // Without a key, a holder from the same network is one client with the others.
    if (keyed) must(this.#isInTheLog(jti, name), 'G3: each hand-out to another client is in the log');
    this.#successors.set(presented.token.jti, token);
    if (decision.outcome === 'rotated') this.#attempts.set(jti, attempt);
  }

  #olderPresented({ family }: FamilyState, { presented, decision }: Refreshed, { attempt, keyed, isAlone }: Asked): void {
    const { outcome } = decision;
    if (presented.generation < family.generation - 1)
      must(outcome === 'reused' || outcome === 'invalid_proof', 'G3: a generation before the previous one is theft');
    else if (attempt !== null && this.#attempts.get(family.token.jti) === attempt)
      must(outcome === 'redelivered', 'G2: a retry of the same attempt gets the same successor');
    if (isAlone && keyed) must(outcome !== 'reused', 'G2: one client with keys is never a thief');
  }

  /** What the whole log says, and what can be refreshed at the end. */
  atTheEnd(): void {
    const { appends, events, state } = this.#world;
    for (const { before, events: appended, isAlive } of appends)
      if (isAlive && appended.at(-1)!.type === 'TokenIssued')
        must(appended[0]!.data.family.sid === before!.family.sid, 'G5: the former family is ended in the same append');
    let folded: FamilyState | null = null;
    for (const [revision, event] of events.entries()) folded = evolveFamily(folded, event, revision);
    const newest = stateOf(events.at(-1)!, events.length - 1);
    must(JSON.stringify(folded) === JSON.stringify(newest), 'G9: the newest event is the folded stream');
    must(contestedTooOften(events) === null, 'G3: at most one contested generation in ten');
    for (const presented of this.#successors.values())
      if (this.#canBeRefreshed(state, presented))
        must(!this.#isOver(presented.sid, Infinity), 'G6: nothing that raced a revocation can be refreshed');
  }

  #canBeRefreshed(state: FamilyState | null, presented: Held): boolean {
    const { account, now } = this.#world;
    const { family } = rotateToken(state, {
      ...{ presented, attempt: null, tag: null, jkt: state?.family.binding?.jkt ?? null, clientId: null, account, now },
      ...{ policy: POLICY, successor: { jti: 'last', keyId: 'key', runId: 'run' }, client: null },
    });
    return family !== null;
  }

  /** Whether the family is the device's newest, and neither an event nor its user has ended it. */
  #goesOn(sid: string): boolean {
    const { state, account } = this.#world;
    return state?.family.sid === sid && state.end === null && lives(state.family, account);
  }

  /** Whether a command that was answered before `step` had ended the family. */
  #isOver(sid: string, step: number): boolean {
    if ((this.#ended.get(sid) ?? Infinity) < step) return true;
    const { revocations, checked } = this.#world;
    const answered = Math.max(0, ...this.#answered.filter((one) => one.step < step).map((one) => one.revocations));
    return revocations.slice(0, answered).some((one) => one.step > checked.get(sid)! && one.kept?.sid !== sid);
  }

  #isInTheLog(jti: string, name: string): boolean {
    return this.#world.events.some(
      ({ type, data }) =>
        (type === 'TokenRotated' || type === 'TokenRedelivered') && data.family.token.jti === jti && data.client === name,
    );
  }
}

function typesOf(events: readonly FamilyEvent[]): string {
  return events.map(({ type }) => type).join();
}

function contestedTooOften(events: readonly FamilyEvent[]): number | null {
  const contested = new Map<string, number>();
  for (const { type, data } of events) {
    if (type !== 'TokenRedelivered' || !data.contested) continue;
    const { sid, contested: now } = data.family;
    const last = contested.get(sid) ?? -Infinity;
    if (now!.generation !== last && now!.generation - last < 10) return now!.generation;
    contested.set(sid, now!.generation);
  }
  return null;
}
