import { asIssued } from '../../src/domain/token-family/state.js';
import { FamilyGuarantees, must } from './family-guarantees.js';
import { DAY, LIFETIMES, SECOND, type Held } from './family-history.js';
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
const KINDS = [
  ...Array<'advance'>(18).fill('advance'),
  // All commands under way come to their end, in turns.
  ...Array<'settle'>(10).fill('settle'),
  ...Array<'refresh'>(22).fill('refresh'),
  ...(['retry', 'retry', 'clock', 'clock', 'copy', 'copy', 'copy'] as const),
  ...(['signIn', 'logout', 'logoutAll', 'keep', 'keep', 'changePassword', 'sweep'] as const),
];
type Kind = (typeof KINDS)[number];

/** Plays one history; each number chooses what happens next. Throws `Violation` at the first guarantee that does not hold. */
export class FamilyModel {
  readonly outcomes: string[] = [];
  readonly #world = new FamilyWorld();
  readonly #guarantees = new FamilyGuarantees(this.#world);
  readonly #holders: readonly Holder[];
  readonly #owner: Holder;
  readonly #tasks: Task[] = [];
  readonly #does: Readonly<Record<Kind, (choice: number) => void>> = {
    advance: (choice) => this.#advance(choice),
    settle: () => this.#settle(),
    refresh: (choice) => this.#refresh(this.#holderOf(choice), choice),
    retry: (choice) => this.#refresh(this.#owner, choice),
    clock: (choice) => (this.#world.now += CLOCK_STEPS[choice % CLOCK_STEPS.length]!),
    copy: (choice) => this.#copy(this.#holderOf(choice)),
    signIn: () => this.#signIn(),
    logout: () => this.#start(this.#world.logout(this.#sid), (sid: string) => this.#guarantees.loggedOut(sid)),
    logoutAll: () => this.#start(this.#world.logoutAll(false), () => this.#guarantees.revokedAll()),
    keep: () => this.#start(this.#world.logoutAll(true), () => this.#guarantees.revokedAll()),
    changePassword: () => this.#changePassword(),
    sweep: () => this.#start(this.#world.sweep(this.#sid), () => undefined),
  };

  constructor({ keyed, copiedTags, proves }: Setup) {
    this.#holders = keyed.map((one, index) => ({
      name: index === 0 ? 'owner' : `copy ${index}`,
      keyed: one,
      tag: index === 0 || copiedTags ? 'home' : `network ${index}`,
      jkt: proves && index === 0 ? 'key of the owner' : null,
      token: null,
      inFlight: 0,
    }));
    this.#owner = this.#holders[0]!;
    this.#signIn();
    this.#settle();
  }

  play(choices: readonly number[]): void {
    for (const choice of choices) {
      this.#world.step += 1;
      this.#does[KINDS[choice % KINDS.length]!](Math.floor(choice / KINDS.length));
    }
    this.#settle();
    this.#guarantees.atTheEnd();
  }

  get #sid(): string {
    return this.#owner.token!.sid;
  }

  #holderOf(choice: number): Holder {
    return this.#holders[choice % this.#holders.length]!;
  }

  #start<T>(running: Running<T>, done: (result: T) => void): void {
    this.#tasks.push({ running, done });
  }

  #advance(choice: number): void {
    const index = choice % this.#tasks.length;
    const task = this.#tasks[index];
    const next = task?.running.next();
    if (task === undefined || next?.done !== true) return;
    this.#tasks.splice(index, 1);
    this.#world.step += 1;
    task.done(next.value as never);
  }

  #settle(): void {
    for (let turn = 0; this.#tasks.length > 0; turn += 1) {
      must(turn < 10_000, 'every command comes to an end once nothing else begins');
      this.#advance(turn);
    }
  }

  #signIn(): void {
    this.#start(this.#world.signIn(this.#owner), (token: Held) => (this.#owner.token = token));
  }

  #copy(holder: Holder): void {
    if (holder !== this.#owner && holder.inFlight === 0) holder.token = this.#owner.token;
  }

  #changePassword(): void {
    this.#start(this.#world.changePassword(this.#sid, this.#owner), (token: Held | null) => {
      if (token === null) return;
      this.#guarantees.revokedAll();
      this.#owner.token = token;
    });
  }

  #refresh(holder: Holder, choice: number): void {
    const { token, name, keyed } = holder;
    if (token === null) return;
    const attempt = keyed ? `${name} ${token.token.jti}` : null;
    const asked = { name, keyed, attempt, begun: this.#world.step, isAlone: this.#holders.length === 1 };
    const isLost = choice % 5 === 0;
    holder.inFlight += 1;
    this.#start(this.#world.refresh(token, { ...holder, attempt }, name), (refreshed: Refreshed) => {
      holder.inFlight -= 1;
      this.outcomes.push(refreshed.decision.outcome);
      this.#guarantees.refreshed(refreshed, asked);
      // A holder that waits for other answers to the same token keeps it until they came.
      if (!isLost && holder.inFlight === 0 && holder.token === token) this.#settled(holder, refreshed);
    });
  }

  #settled(holder: Holder, { decision: { outcome, family } }: Refreshed): void {
    if (family !== null) holder.token = asIssued(family);
    else if (holder === this.#owner && outcome !== 'invalid_proof') this.#signIn();
  }
}
