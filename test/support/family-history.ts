import { changePassword, registerUser, revokeAllTokens } from '../../src/domain/account/decide.js';
import type { AccountSnapshot, KeptFamily } from '../../src/domain/account/snapshot.js';
import { accountOf, revokedAt } from '../../src/domain/account/state.js';
import type { Instant } from '../../src/domain/instant.js';
import { expireToken, revokeToken } from '../../src/domain/token-family/end-token.js';
import type { FamilyEvent, RevocationReason } from '../../src/domain/token-family/events.js';
import { issueToken, type IssueToken } from '../../src/domain/token-family/issue-token.js';
import type { FamilyPolicy, Lifetimes } from '../../src/domain/token-family/policy.js';
import { renameDevice } from '../../src/domain/token-family/rename-device.js';
import { rotateToken, type RotateToken, type RotationDecision } from '../../src/domain/token-family/rotate-token.js';
import type { FamilySnapshot } from '../../src/domain/token-family/snapshot.js';
import { asIssued, stateOf, type FamilyState } from '../../src/domain/token-family/state.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2026, 0, 1);
export const LIFETIMES: Lifetimes = { idleMs: 7 * DAY, absoluteMs: 90 * DAY, graceMs: 30 * SECOND };
export const POLICY: FamilyPolicy = { lifetimes: LIFETIMES, rotationsPerHour: 600 };

/** What a client holds: all that its refresh token says. */
export type Held = FamilySnapshot;

/** How a token is presented; what is left out is null, and the account is the present one. */
export type Presenting = Partial<Pick<RotateToken, 'attempt' | 'tag' | 'jkt' | 'clientId' | 'account'>>;

/** A UUID that shows where it comes from. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export const REGISTERED = registerUser({ email: 'sealed', name: null, emailKey: 'key', passwordHash: 'sealed hash' });

/** One device of one user: its stream and the user's newest account, driven through the deciders alone. */
export class FamilyHistory {
  readonly events: FamilyEvent[] = [];
  account: AccountSnapshot = accountOf(REGISTERED);
  now: Instant = START;
  policy: FamilyPolicy = POLICY;
  /** Who signs in, and who refreshes, as sealed values. */
  signInClient: string | null = null;
  client = 'sealed client';
  #ids = 0;
  readonly #accounts: { account: AccountSnapshot; occurredAt: Instant }[] = [];

  get state(): FamilyState | null {
    const newest = this.events.at(-1);
    return newest === undefined ? null : stateOf(newest, this.events.length - 1);
  }

  get family(): FamilySnapshot {
    if (this.state === null) throw new Error('no family yet');
    return this.state.family;
  }

  /** The token that the newest family holds out. */
  get held(): Held {
    return asIssued(this.family);
  }

  wait(milliseconds: number): void {
    this.now += milliseconds;
  }

  signIn(options: Partial<Pick<IssueToken, 'account' | 'deviceName' | 'jkt' | 'tag' | 'remember'>> = {}): Held {
    const { events } = issueToken(this.state, {
      account: this.account,
      deviceName: null,
      jkt: null,
      tag: null,
      remember: true,
      ...options,
      currentAccount: this.account,
      formerRevokedAt: this.#revokedAt(),
      sid: this.newId(),
      successor: { jti: this.newId(), keyId: 'key', runId: 'run' },
      now: this.now,
      policy: this.policy,
      client: this.signInClient,
    });
    this.events.push(...events);
    return this.held;
  }

  present(presented: Held, presenting: Presenting = {}): RotationDecision {
    const decision = rotateToken(this.state, {
      attempt: null,
      tag: null,
      jkt: null,
      clientId: null,
      account: this.account,
      ...presenting,
      presented,
      now: this.now,
      policy: this.policy,
      successor: { jti: this.newId(), keyId: 'key', runId: 'run' },
      client: this.client,
    });
    this.events.push(...decision.events);
    return decision;
  }

  /** Presents a token that must rotate, and gives the successor. */
  rotate(presented: Held = this.held, presenting: Presenting = {}): Held {
    const { outcome, family } = this.present(presented, presenting);
    if (outcome !== 'rotated') throw new Error(`rotated expected, not ${outcome}`);
    return asIssued(family);
  }

  revoke(sid: string, reason: RevocationReason = 'logout'): boolean {
    return this.#append(revokeToken(this.state, { sid, reason, note: null, account: this.account, now: this.now }));
  }

  expire(sid: string): boolean {
    const revoked = this.#revokedAt();
    return this.#append(expireToken(this.state, { sid, account: this.account, now: this.now, revokedAt: revoked }));
  }

  rename(sid: string, deviceName: string | null): boolean {
    return this.#append(renameDevice(this.state, { sid, deviceName, account: this.account, now: this.now }));
  }

  revokeAll(kept: KeptFamily | null = null): void {
    const revoked = revokeAllTokens(this.account, { kept, reason: 'logout_all' });
    if (revoked === null) throw new Error('the account is not active');
    this.setAccount(accountOf(revoked));
  }

  changePassword(): void {
    this.setAccount(accountOf(changePassword(this.account, 'another hash')[1]));
  }

  setAccount(account: AccountSnapshot): void {
    this.account = account;
    this.#accounts.push({ account, occurredAt: this.now });
  }

  typesOf(from = 0): string[] {
    return this.events.slice(from).map(({ type }) => type);
  }

  newId(): string {
    this.#ids += 1;
    return uuid(this.#ids);
  }

  #revokedAt(): Instant | null {
    return this.state && revokedAt(this.state.family, this.#accounts);
  }

  #append(event: FamilyEvent | null): boolean {
    if (event !== null) this.events.push(event);
    return event !== null;
  }
}
