import { changePassword, revokeAllTokens } from '../../src/domain/account/decide.js';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot, KeptFamily } from '../../src/domain/account/snapshot.js';
import { accountOf, isTornRead, revokedAt } from '../../src/domain/account/state.js';
import { endToken, expireToken, isAlive } from '../../src/domain/token-family/end-token.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import { issueToken } from '../../src/domain/token-family/issue-token.js';
import { rotateToken, type RotateToken, type RotationDecision } from '../../src/domain/token-family/rotate-token.js';
import { asIssued, stateOf, stateOfToken, type FamilyState } from '../../src/domain/token-family/state.js';
import { POLICY, REGISTERED, START, type Held, type Presenting } from './family-history.js';

/** A command under way on one of several instances. At each `yield` all others may go on: what it read may be stale then. */
export type Running<T> = Generator<undefined, T, undefined>;

/** A refresh that was decided and appended. */
export interface Refreshed {
  readonly presented: Held;
  /** Of the state it was decided from; null if the device had no family. */
  readonly before: FamilyState | null;
  readonly decision: RotationDecision;
  readonly now: number;
  readonly account: AccountSnapshot;
}

/** A revocation of all tokens that was appended, and when, by the world's count of steps. */
export interface Revocation {
  readonly step: number;
  readonly kept: KeptFamily | null;
}

/** One device of one user as several instances see it: two streams, a clock that steps, and commands between read and append. */
export class FamilyWorld {
  readonly events: FamilyEvent[] = [];
  readonly revocations: Revocation[] = [];
  /** When the password was checked for which each family was issued. */
  readonly checked = new Map<string, number>();
  step = 0;
  now = START;
  /** The appends to the device's stream: what stood before each. */
  readonly appends: {
    readonly before: FamilyState | null;
    readonly events: readonly FamilyEvent[];
    readonly isAlive: boolean;
  }[] = [];
  readonly #accounts: { account: AccountSnapshot; occurredAt: number }[] = [
    { account: accountOf(REGISTERED), occurredAt: START },
  ];
  #ids = 0;

  get state(): FamilyState | null {
    const newest = this.events.at(-1);
    return newest === undefined ? null : stateOf(newest, this.events.length - 1);
  }

  get account(): AccountSnapshot {
    return this.#accounts.at(-1)!.account;
  }

  newId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  /** RotateToken as a command does it: from the token if nothing happened since, else from the stream, until there is no conflict. */
  *refresh(presented: Held, presenting: Presenting, client: string): Running<Refreshed> {
    const fromToken = this.#rotation(presented, presenting, client);
    const optimistic = rotateToken(stateOfToken(presented), fromToken);
    if (optimistic.outcome === 'rotated') {
      yield;
      const before = stateOfToken(presented);
      if (this.#append(before, optimistic.events))
        return { presented, before, decision: optimistic, now: fromToken.now, account: fromToken.account };
    }
    for (;;) {
      yield;
      const before = this.state;
      yield;
      const command = this.#rotation(presented, presenting, client);
      if (before !== null && isTornRead(before.family, command.account)) continue;
      const decision = rotateToken(before, command);
      yield;
      if (decision.events.length === 0 || this.#append(before, decision.events))
        return { presented, before, decision, now: command.now, account: command.account };
    }
  }

  /** IssueToken: the password is checked first, and the account is read again after the device's family. */
  *signIn(options: { tag: string | null; jkt: string | null; account?: AccountSnapshot }): Running<Held> {
    const account = options.account ?? this.account;
    const checkedAt = this.step;
    for (;;) {
      yield;
      const state = this.state;
      yield;
      const formerRevokedAt = state && revokedAt(state.family, this.#accounts);
      const { events, issued } = issueToken(state, {
        ...{ account, currentAccount: this.account, formerRevokedAt, sid: this.newId(), now: this.now, policy: POLICY },
        ...{
          successor: this.#successor(),
          deviceName: null,
          client: 'owner',
          remember: true,
          tag: options.tag,
          jkt: options.jkt,
        },
      });
      yield;
      if (!this.#append(state, events)) continue;
      this.checked.set(issued.data.family.sid, checkedAt);
      return asIssued(issued.data.family);
    }
  }

  /** Ends a family for good; gives its session id. */
  *logout(sid: string): Running<string> {
    for (;;) {
      yield;
      const state = this.state;
      yield;
      if (state !== null && isTornRead(state.family, this.account)) continue;
      const revoked = state && revokedAt(state.family, this.#accounts);
      const family = { sid, account: this.account, now: this.now, revokedAt: revoked };
      const event = endToken(state, { ...family, reason: 'logout', note: null });
      yield;
      if (event === null || this.#append(state, [event])) return sid;
    }
  }

  /** RevokeAllTokens, which may keep the device's family if that is alive. */
  *logoutAll(keep: boolean): Running<undefined> {
    for (;;) {
      const { account } = this;
      const revision = this.#accounts.length;
      yield;
      const { state } = this;
      if (state !== null && isTornRead(state.family, account)) continue;
      const isKept = keep && state !== null && isAlive(state, { sid: state.family.sid, account, now: this.now });
      const kept = isKept ? { sid: state.family.sid, epoch: state.family.epoch } : null;
      const event = revokeAllTokens(account, { kept, reason: 'logout_all' });
      yield;
      if (this.#appendToAccount(revision, [event!], kept)) return;
    }
  }

  /** ChangePassword, and a new family on the bearer's device, in the epoch of this very change. Null if the bearer's is over. */
  *changePassword(sid: string, options: { tag: string | null; jkt: string | null }): Running<Held | null> {
    for (;;) {
      const { account } = this;
      const revision = this.#accounts.length;
      yield;
      if (this.state !== null && isTornRead(this.state.family, account)) continue;
      if (!isAlive(this.state, { sid, account, now: this.now })) return null;
      const events = changePassword(account, this.newId());
      yield;
      if (!this.#appendToAccount(revision, events, null)) continue;
      return yield* this.signIn({ ...options, account: accountOf(events[1]) });
    }
  }

  /** ExpireToken of a sweep. */
  *sweep(sid: string): Running<undefined> {
    const { state } = this;
    yield;
    const revoked = state && revokedAt(state.family, this.#accounts);
    const event = expireToken(state, { sid, account: this.account, now: this.now, revokedAt: revoked });
    yield;
    if (event !== null) this.#append(state, [event]);
  }

  #rotation(presented: Held, presenting: Presenting, client: string): RotateToken {
    return {
      ...{ attempt: null, tag: null, jkt: null, clientId: null, account: this.account, ...presenting },
      ...{ presented, now: this.now, policy: POLICY, successor: this.#successor(), client },
    };
  }

  #successor(): RotateToken['successor'] {
    return { jti: this.newId(), keyId: 'key', runId: 'run' };
  }

  /** An append at the revision that was read; false is a conflict. */
  #append(before: FamilyState | null, events: readonly FamilyEvent[]): boolean {
    if ((before?.revision ?? -1) !== this.events.length - 1) return false;
    const newest = this.state;
    const question = newest && { sid: newest.family.sid, account: this.account, now: this.now };
    this.appends.push({ before: newest, events, isAlive: question !== null && isAlive(newest, question) });
    this.events.push(...events);
    return true;
  }

  #appendToAccount(revision: number, events: readonly AccountEvent[], kept: KeptFamily | null): boolean {
    if (revision !== this.#accounts.length) return false;
    for (const event of events.slice(-1)) this.#accounts.push({ account: accountOf(event), occurredAt: this.now });
    this.revocations.push({ step: this.step, kept });
    return true;
  }
}
