import type { Bearer, Commands, RequestSource, TokenPair } from '../../src/commands/commands.js';
import type { Position } from '../../src/event-store/position.js';
import { RefusedError } from '../cli/errors.js';
import { THIEF, type Machine } from './people.js';
import type { Plan, Step } from './plan.js';

const RETRY_AFTER_MS = 5_000;

/** What the steps came to: how often each deed had which outcome. */
export type Tally = Map<string, number>;

/** A theft that was seen: whose session it ended. */
export interface SeenTheft {
  readonly email: string;
  readonly user_id: string;
  readonly session_id: string;
  readonly device_name: string | null;
}

/** The holder of an access token; null if it is not accepted. */
export type AuthenticateBearer = (accessToken: string) => Promise<Bearer | null>;

/** Carries out the steps of a plan through the real commands, and keeps what each device holds. */
export class History {
  readonly #commands: Commands;
  readonly #authenticate: AuthenticateBearer;
  readonly #plan: Plan;
  readonly #clock: { now: number };
  readonly #newId: () => string;
  readonly #held = new Map<string, { readonly first: TokenPair; current: TokenPair }>();
  readonly tally: Tally = new Map();
  readonly thefts: SeenTheft[] = [];
  /** Where the log stood after the last step that says so; null before. */
  position: Position | null = null;

  constructor(options: {
    readonly commands: Commands;
    readonly authenticate: AuthenticateBearer;
    readonly plan: Plan;
    readonly clock: { now: number };
    readonly newId: () => string;
  }) {
    this.#commands = options.commands;
    this.#authenticate = options.authenticate;
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
    switch (step.deed) {
      case 'refresh':
        return this.#refresh(step, held.current.refreshToken);
      case 'refresh_again': {
        const lost = held.current.refreshToken;
        const idempotencyKey = this.#newId();
        await this.#refresh(step, lost, idempotencyKey);
        this.#clock.now += RETRY_AFTER_MS;
        return this.#refresh(step, lost, idempotencyKey);
      }
      case 'theft':
        return this.#steal(step, held.first.refreshToken);
      case 'sign_out':
        return this.#note(await this.#commands.signOut({ ...held.current, jkt: null }, this.#source(step)));
      case 'sign_out_all':
      case 'sign_out_others':
        // The access token at hand has expired long ago.
        await this.#refresh(step, held.current.refreshToken);
        return this.#signOutAll(step, held.current.accessToken, step.deed === 'sign_out_others');
    }
  }

  async #register(step: Step): Promise<string> {
    const { email, password, name } = this.#personOf(step);
    const registration = await this.#commands.register({ email, password, name }, this.#source(step));
    if (registration.outcome === 'email_taken')
      throw new RefusedError(`${email} is registered already: seed an empty installation`);
    return this.#note(registration);
  }

  async #signIn(step: Step): Promise<string> {
    const { email, password } = this.#personOf(step);
    const deviceName = this.#machineOf(step)?.name ?? null;
    const signIn = await this.#commands.signIn(
      { email, password, deviceName, deviceId: null, remember: true, jkt: null },
      this.#source(step),
    );
    if (signIn.outcome === 'issued') this.#held.set(keyOf(step), { first: signIn.tokens, current: signIn.tokens });
    return this.#note(signIn);
  }

  async #refresh(step: Step, refreshToken: string, idempotencyKey: string = this.#newId()): Promise<string> {
    const refresh = await this.#commands.refresh(
      { refreshToken, idempotencyKey, jkt: null, clientId: null },
      this.#source(step),
    );
    const held = this.#held.get(keyOf(step));
    if (held !== undefined && 'tokens' in refresh) held.current = refresh.tokens;
    // A session that has ended is left alone from then on, as its app would.
    if (!('tokens' in refresh)) this.#held.delete(keyOf(step));
    return this.#note(refresh);
  }

  /** Somebody who has copied a token presents it, without the key of any attempt of its owner. */
  async #steal(step: Step, refreshToken: string): Promise<string> {
    const presented = { refreshToken, idempotencyKey: null, jkt: null, clientId: null };
    const result = await this.#commands.refresh(presented, { correlationId: this.#newId(), ...THIEF });
    if (result.outcome === 'reused')
      this.thefts.push({
        email: this.#personOf(step).email,
        user_id: result.userId,
        session_id: result.sid,
        device_name: this.#machineOf(step)?.name ?? null,
      });
    return this.#note(result);
  }

  async #signOutAll(step: Step, accessToken: string, keepCurrent: boolean): Promise<string> {
    const bearer = await this.#authenticate(accessToken);
    if (bearer === null) return 'not signed in';
    const { password } = this.#personOf(step);
    return this.#note(await this.#commands.signOutAll(bearer, { keepCurrent, password }, this.#source(step)));
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

  #source(step: Step): RequestSource {
    const machine = this.#machineOf(step);
    return { correlationId: this.#newId(), ip: machine?.ip ?? null, userAgent: machine?.userAgent ?? null };
  }
}

function keyOf({ user, device }: Step): string {
  return `${user}.${device}`;
}
