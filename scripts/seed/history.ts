import type { Commands, Origin, TokenPair } from '../../src/commands/commands.js';
import type { Position } from '../../src/event-store/position.js';
import { RefusedError } from '../run-script.js';
import type { Machine } from './people.js';
import type { Plan, Step } from './plan.js';

const RETRY_AFTER_MS = 5_000;

/** What the steps came to: how often each deed had which outcome. */
export type Tally = Map<string, number>;

/** Carries out the steps of a plan through the real commands, and keeps what each device holds. */
export class History {
  readonly #commands: Commands;
  readonly #plan: Plan;
  readonly #clock: { now: number };
  readonly #newId: () => string;
  readonly #held = new Map<string, { readonly first: TokenPair; current: TokenPair }>();
  readonly tally: Tally = new Map();
  /** Where the log stood after the last step that says so; null before. */
  position: Position | null = null;

  constructor(options: {
    readonly commands: Commands;
    readonly plan: Plan;
    readonly clock: { now: number };
    readonly newId: () => string;
  }) {
    this.#commands = options.commands;
    this.#plan = options.plan;
    this.#clock = options.clock;
    this.#newId = options.newId;
  }

  /** Carries out one step, at the clock's time. */
  async carryOut(step: Step): Promise<void> {
    const outcome = await this.#act(step);
    const key = `${step.deed}: ${outcome}`;
    this.tally.set(key, (this.tally.get(key) ?? 0) + 1);
  }

  async #act(step: Step): Promise<string> {
    if (step.deed === 'register') return this.#register(step);
    if (step.deed === 'sign_in') return this.#signIn(step);
    const held = this.#held.get(keyOf(step));
    if (held === undefined) return 'not signed in';
    const origin = this.#origin(step);
    switch (step.deed) {
      case 'refresh':
        return this.#refresh(step, held.current.refreshToken);
      case 'refresh_again': {
        const lost = held.current.refreshToken;
        await this.#refresh(step, lost);
        this.#clock.now += RETRY_AFTER_MS;
        return this.#refresh(step, lost);
      }
      case 'theft':
        return this.#note(await this.#commands.refresh(held.first.refreshToken, origin));
      case 'sign_out':
        return this.#note(await this.#commands.signOut(held.current.refreshToken, origin));
      case 'sign_out_all':
      case 'sign_out_others':
        // The access token at hand has expired long ago.
        await this.#refresh(step, held.current.refreshToken);
        return this.#signOutAll(held.current.accessToken, step.deed === 'sign_out_others', origin);
    }
  }

  async #register(step: Step): Promise<string> {
    const { email, password, name } = this.#personOf(step);
    const registration = await this.#commands.register({ email, password, name }, this.#origin(step));
    if (registration.outcome === 'email_taken')
      throw new RefusedError(`${email} is registered already: seed an empty installation`);
    return this.#note(registration);
  }

  async #signIn(step: Step): Promise<string> {
    const { email, password } = this.#personOf(step);
    const deviceName = this.#machineOf(step)?.name;
    const signIn = await this.#commands.signIn({ email, password, deviceName }, this.#origin(step));
    if (signIn.outcome === 'issued') this.#held.set(keyOf(step), { first: signIn.tokens, current: signIn.tokens });
    return this.#note(signIn);
  }

  async #refresh(step: Step, refreshToken: string): Promise<string> {
    const refresh = await this.#commands.refresh(refreshToken, this.#origin(step));
    const held = this.#held.get(keyOf(step));
    if (held !== undefined && 'tokens' in refresh) held.current = refresh.tokens;
    // A session that has ended is left alone from then on, as its app would.
    if (!('tokens' in refresh)) this.#held.delete(keyOf(step));
    return this.#note(refresh);
  }

  async #signOutAll(accessToken: string, keepCurrent: boolean, origin: Origin): Promise<string> {
    const bearer = await this.#commands.authenticate(accessToken);
    if (bearer.outcome !== 'authenticated') return bearer.outcome;
    return this.#note(await this.#commands.signOutAll(bearer, keepCurrent, origin));
  }

  #note(result: { readonly outcome: string; readonly position?: Position }): string {
    this.position = result.position ?? this.position;
    return result.outcome;
  }

  #personOf({ user }: Step): Plan['people'][number] {
    const person = this.#plan.people[user];
    if (person === undefined) throw new RangeError(`there is no user ${user}`);
    return person;
  }

  #machineOf({ user, device }: Step): Machine | undefined {
    return this.#plan.machines[user]?.[device];
  }

  #origin(step: Step): Origin {
    const machine = this.#machineOf(step);
    return { correlationId: this.#newId(), ip: machine?.ip ?? null, userAgent: machine?.userAgent ?? null };
  }
}

function keyOf({ user, device }: Step): string {
  return `${user}.${device}`;
}
