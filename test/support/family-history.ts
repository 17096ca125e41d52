import { revokeAllTokens, registerUser } from '../../src/domain/account/decide.js';
import { accountFactsOf, revokedAt, type AccountFacts } from '../../src/domain/account/state.js';
import { plus, type Instant } from '../../src/domain/instant.js';
import { expireToken, revokeToken } from '../../src/domain/token-family/end-token.js';
import type { FamilyEvent, RevocationReason } from '../../src/domain/token-family/events.js';
import type { Lifetimes } from '../../src/domain/token-family/facts.js';
import { issueToken } from '../../src/domain/token-family/issue-token.js';
import { rotateToken, type RotationDecision } from '../../src/domain/token-family/rotate-token.js';
import { stateOf, type FamilyState } from '../../src/domain/token-family/state.js';

export const SECOND = 1_000;
export const DAY = 86_400 * SECOND;
export const LIFETIMES: Lifetimes = { idleMs: 7 * DAY, absoluteMs: 90 * DAY, graceMs: 30 * SECOND };

/** What a client holds: a refresh token, as far as a decision sees of it. */
export interface Held {
  readonly sid: string;
  readonly generation: number;
  readonly jti: string;
}

/** One device of one user: its stream and the user's newest facts, driven through the deciders alone. */
export class FamilyHistory {
  readonly events: FamilyEvent[] = [];
  account: AccountFacts = accountFactsOf(
    registerUser({ userId: 'ursula', email: 'sealed', name: null, passwordHash: 'sealed', roles: [] }),
  );
  now: Instant = '2026-01-01T00:00:00.000Z';
  #ids = 0;
  readonly #accounts: { account: AccountFacts; occurredAt: Instant }[] = [];

  get state(): FamilyState | null {
    const newest = this.events.at(-1);
    return newest === undefined ? null : stateOf(newest, this.events.length - 1);
  }

  /** The token that the newest family holds out. */
  get held(): Held {
    if (this.state === null) throw new Error('no family yet');
    const { sid, generation, token } = this.state;
    return { sid, generation, jti: token.jti };
  }

  wait(milliseconds: number): void {
    this.now = plus(this.now, milliseconds);
  }

  signIn(account: AccountFacts = this.account): Held {
    const { ending, issued } = issueToken(this.state, {
      account,
      currentAccount: this.account,
      formerRevokedAt: this.#revokedAt(),
      deviceId: 'desk',
      sid: this.#id('sid'),
      token: { jti: this.#id('jti'), keyId: 'key' },
      now: this.now,
      lifetimes: LIFETIMES,
      deviceName: null,
      client: null,
    });
    this.events.push(...ending, issued);
    return this.held;
  }

  present(presented: Held, account: AccountFacts = this.account): RotationDecision {
    const decision = rotateToken(this.state, {
      presented,
      account,
      now: this.now,
      lifetimes: LIFETIMES,
      successor: { jti: this.#id('jti'), keyId: 'key' },
      client: 'sealed client',
    });
    this.events.push(...decision.events);
    return decision;
  }

  revoke(sid: string, reason: RevocationReason = 'logout'): boolean {
    return this.#append(revokeToken(this.state, { sid, reason, account: this.account, now: this.now }));
  }

  expire(sid: string): boolean {
    const revokedAt = this.#revokedAt();
    return this.#append(expireToken(this.state, { sid, account: this.account, now: this.now, revokedAt }));
  }

  revokeAll(spared: { sid: string; epoch: number } | null = null): void {
    this.account = accountFactsOf(revokeAllTokens(this.account, spared));
    this.#accounts.push({ account: this.account, occurredAt: this.now });
  }

  typesOf(from = 0): string[] {
    return this.events.slice(from).map(({ type }) => type);
  }

  #revokedAt(): Instant | null {
    return this.state && revokedAt(this.state, this.#accounts);
  }

  #append(event: FamilyEvent | null): boolean {
    if (event !== null) this.events.push(event);
    return event !== null;
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }
}
