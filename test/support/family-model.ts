import { hasExpired } from '../../src/domain/token-family/policy.js';
import { rotateToken } from '../../src/domain/token-family/rotate-token.js';
import { asIssued, evolveFamily, stateOf, type FamilyState } from '../../src/domain/token-family/state.js';
import { lives } from '../../src/domain/account/state.js';
import { DAY, LIFETIMES, POLICY, SECOND, type Held } from './family-history.js';
import { FamilyWorld, type Refreshed, type Running } from './family-world.js';

/** Who takes part: the owner first, then those who copied a token. */
export interface Setup {
  /** Whether each holder sends an `Idempotency-Key` of its own for each token. */
  readonly keyed: readonly boolean[];
  /** Whether the copies come from the owner's agent and network too. */
  readonly copiedTags: boolean;
  /** Whether the owner proves a key (DPoP). */
  readonly proves: boolean;
}

interface Holder {
  readonly name: string;
  readonly keyed: boolean;
  readonly tag: string;
  readonly jkt: string | null;
  token: Held | null;
  /** Refreshes under way. The next token is used only when none is, as auth.js does under its lock. */
  inFlight: number;
}

interface Task {
  readonly running: Running<unknown>;
  readonly done: (result: never) => void;
}

const CLOCK_STEPS = [1, 5 * SECOND, 5 * SECOND, 10 * SECOND, 31 * SECOND, -31 * SECOND, -DAY, 2 * DAY, LIFETIMES.idleMs];
const COMMANDS = ['signIn', 'logout', 'logoutAll', 'keep', 'keep', 'password', 'sweep'] as const;
const KINDS = [
  ...Array<'advance'>(18).fill('advance'),
  // All commands under way come to their end, in turns.
  ...Array<'settle'>(10).fill('settle'),
  ...Array<'refresh'>(22).fill('refresh'),
  ...(['retry', 'retry', 'clock', 'clock', 'copy', 'copy', 'copy'] as const),
  ...COMMANDS,
];
type Kind = (typeof KINDS)[number];

class Violation extends Error {
  override readonly name = 'Violation';
}
function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

/** Plays one history; each number chooses what happens next. Throws at the first guarantee that does not hold. */
export class FamilyModel {
  readonly world = new FamilyWorld();
  readonly outcomes = new Map<string, number>();
  readonly #setup: Setup;
  readonly #holders: readonly Holder[];
  readonly #tasks: Task[] = [];
  readonly #ended = new Map<string, number>();
  readonly #successors = new Map<string, Held>();
  /** By whom and in which attempt each successor was made. */
  readonly #makers = new Map<string, { readonly attempt: string | null; readonly holder: string }>();
  readonly #answered: { readonly revocations: number; readonly step: number }[] = [];

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#holders = setup.keyed.map((keyed, index) => ({
      ...{
        name: index === 0 ? 'owner' : `copy ${index}`,
        keyed,
        tag: index === 0 || setup.copiedTags ? 'home' : `net ${index}`,
      },
      ...{ jkt: setup.proves && index === 0 ? 'owner’s key' : null, token: null, inFlight: 0 },
    }));
    this.#signIn();
    this.#settle();
  }

  play(choices: readonly number[]): void {
    for (const choice of choices) this.#do(KINDS[choice % KINDS.length]!, Math.floor(choice / KINDS.length));
    this.#settle();
    this.#checkLog();
    this.#checkWhatIsLeft();
  }

  #do(kind: Kind, choice: number): void {
    const { world } = this;
    const owner = this.#holders[0]!;
    const holder = this.#holders[choice % this.#holders.length]!;
    world.step += 1;
    const does: Readonly<Record<Kind, () => void>> = {
      advance: () => this.#advance(choice),
      settle: () => this.#settle(),
      refresh: () => this.#refresh(holder, choice),
      retry: () => this.#refresh(owner, choice),
      clock: () => (world.now += CLOCK_STEPS[choice % CLOCK_STEPS.length]!),
      copy: () => {
        if (holder !== owner && holder.inFlight === 0) holder.token = owner.token;
      },
      signIn: () => this.#signIn(),
      logout: () => this.#logout(owner.token!.sid),
      logoutAll: () => this.#start(world.logoutAll(false), () => this.#noteAnswer()),
      keep: () => this.#start(world.logoutAll(true), () => this.#noteAnswer()),
      password: () => this.#changePassword(owner),
      sweep: () => this.#start(world.sweep(owner.token!.sid), () => undefined),
    };
    does[kind]();
  }

  #logout(sid: string): void {
    this.#start(this.world.logout(sid), () => {
      must(!this.#goesOn(sid), 'G4: a logout that was answered has ended the family');
      this.#ended.set(sid, this.world.step);
    });
  }

  #changePassword(owner: Holder): void {
    this.#start(this.world.changePassword(owner.token!.sid, owner), (token: Held | null) => {
      if (token === null) return;
      this.#noteAnswer();
      owner.token = token;
    });
  }

  #settle(): void {
    for (let turn = 0; this.#tasks.length > 0; turn += 1) {
      must(turn < 10_000, 'every command comes to an end once nothing else begins');
      this.#advance(turn);
    }
  }

  #start<T>(running: Running<T>, done: (result: T) => void): void {
    this.#tasks.push({ running, done });
  }

  #advance(choice: number): void {
    if (this.#tasks.length === 0) return;
    const index = choice % this.#tasks.length;
    const { running, done } = this.#tasks[index]!;
    const next = running.next();
    if (next.done !== true) return;
    this.#tasks.splice(index, 1);
    this.world.step += 1;
    done(next.value as never);
  }

  #signIn(): void {
    const owner = this.#holders[0]!;
    this.#start(this.world.signIn(owner), (token: Held) => (owner.token = token));
  }

  /** A revocation of all tokens was answered: the newest one of these, or one before it. */
  #noteAnswer(): void {
    this.#answered.push({ revocations: this.world.revocations.length, step: this.world.step });
  }

  #refresh(holder: Holder, choice: number): void {
    const { token } = holder;
    if (token === null) return;
    const attempt = holder.keyed ? `${holder.name} ${token.token.jti}` : null;
    const begun = this.world.step;
    holder.inFlight += 1;
    const isLost = choice % 5 === 0;
    this.#start(this.world.refresh(token, { ...holder, attempt }, holder.name), (refreshed: Refreshed) => {
      holder.inFlight -= 1;
      const { outcome, family } = refreshed.decision;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      this.#checkRefresh(refreshed, { holder, attempt, begun });
      const isOver = outcome === 'revoked' || outcome === 'reused' || outcome === 'expired';
      if (isOver && holder === this.#holders[0] && holder.token === token && holder.inFlight === 0) this.#signIn();
      // A holder that waits for other answers to the same token keeps it until they came.
      if (family !== null && !isLost && holder.inFlight === 0 && holder.token === token) holder.token = asIssued(family);
    });
  }

  #checkRefresh(
    { presented, before, decision, now, account }: Refreshed,
    { holder, attempt, begun }: { holder: Holder; attempt: string | null; begun: number },
  ): void {
    const { outcome, family, events } = decision;
    const isOlder =
      before !== null && before.family.sid === presented.sid && presented.generation < before.family.generation;
    const isOpen = before?.end === null && lives(before.family, account) && !hasExpired(before.family, now);
    if (outcome === 'rotated' || outcome === 'redelivered' || outcome === 'contested') {
      must(isOpen, 'G11: nothing is handed out once a family is over');
      this.#checkHandedOut(presented, asIssued(family), outcome === 'rotated' ? { attempt, holder: holder.name } : null);
      must(!this.#isOver(presented.sid, begun), 'G4: nothing is handed out to a refresh begun after the end was answered');
      must(this.#isInTheLog(family.token.jti, holder), 'G3: each hand-out to another client is in the log');
    }
    if (outcome === 'revoked') must(!this.#goesOn(presented.sid), 'T10: a current session is not refused');
    if (outcome === 'reused' && isOpen)
      must(
        events.map(({ type }) => type).join() === 'TokenReuseDetected,TokenRevoked',
        'G3: theft ends the family, in one append',
      );
    if (!isOpen || !isOlder) return;
    if (presented.generation < before.family.generation - 1)
      must(outcome === 'reused' || outcome === 'invalid_proof', 'G3: a generation before the previous one is theft');
    const maker = this.#makers.get(before.family.token.jti);
    if (attempt !== null && maker?.attempt === attempt && presented.generation === before.family.generation - 1)
      must(outcome === 'redelivered', 'G2: a retry of the same attempt gets the same successor');
    if (this.#setup.keyed.length === 1 && holder.keyed)
      must(outcome !== 'reused', 'G2: one client with keys is never a thief');
  }

  #checkHandedOut(presented: Held, token: Held, made: { attempt: string | null; holder: string } | null): void {
    const known = this.#successors.get(presented.token.jti);
    if (made === null) must(known !== undefined, 'G1: nothing is redelivered that was not made');
    else must(known === undefined, 'G1: a token rotates once');
    if (made !== null) this.#makers.set(token.token.jti, made);
    if (known !== undefined) must(JSON.stringify(known) === JSON.stringify(token), 'G1: the successor is the very same');
    this.#successors.set(presented.token.jti, token);
  }

  /** Whether the family is the device's newest and no event has ended it. */
  #goesOn(sid: string): boolean {
    const { state, account } = this.world;
    return state?.family.sid === sid && state.end === null && lives(state.family, account);
  }

  /** Whether an answered command had ended the family before `step`, and nothing may revive it. */
  #isOver(sid: string, step: number): boolean {
    if ((this.#ended.get(sid) ?? Infinity) < step) return true;
    const { revocations, checked } = this.world;
    const answered = Math.max(0, ...this.#answered.filter((one) => one.step < step).map((one) => one.revocations));
    return revocations.slice(0, answered).some((one) => one.step > checked.get(sid)! && one.kept?.sid !== sid);
  }

  /** Without a key, a holder from the same network is one client with the others. */
  #isInTheLog(jti: string, { name, keyed }: Holder): boolean {
    if (!keyed) return true;
    return this.world.events.some(
      ({ type, data }) =>
        (type === 'TokenRotated' || type === 'TokenRedelivered') && data.family.token.jti === jti && data.client === name,
    );
  }

  #checkLog(): void {
    let folded: FamilyState | null = null;
    const contested = new Map<string, number>();
    for (const { before, events, isAlive } of this.world.appends) {
      if (events.at(-1)!.type === 'TokenIssued' && isAlive)
        must(
          events[0]!.data.family.sid === before!.family.sid,
          'G5: the former family of a device is ended in the same append',
        );
      for (const event of events) folded = evolveFamily(folded, event, (folded?.revision ?? -1) + 1);
      must(
        JSON.stringify(folded) === JSON.stringify(stateOf(events.at(-1)!, folded!.revision)),
        'G9: the newest event is the folded stream',
      );
      for (const { type, data } of events) {
        if (type !== 'TokenRedelivered' || !data.contested) continue;
        const { generation } = data.family.contested!;
        const last = contested.get(data.family.sid) ?? -Infinity;
        must(generation === last || generation - last >= 10, 'G3: at most one contested generation in ten');
        contested.set(data.family.sid, generation);
      }
    }
  }

  /** G6: whatever raced, what is left is a family that no revocation meant, or none that can be refreshed. */
  #checkWhatIsLeft(): void {
    const { world } = this;
    const held = [...this.#successors.values(), ...this.#holders.flatMap(({ token }) => token ?? [])];
    for (const presented of held) {
      const { family } = rotateToken(world.state, {
        ...{ presented, attempt: null, tag: null, jkt: 'owner’s key', clientId: null, account: world.account },
        ...{ now: world.now, policy: POLICY, successor: { jti: 'last', keyId: 'key', runId: 'run' }, client: null },
      });
      if (family !== null)
        must(!this.#isOver(presented.sid, Infinity), 'G6: nothing that raced a revocation can be refreshed');
    }
  }
}
