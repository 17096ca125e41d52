import type { AccountFacts } from '../account/state.js';
import type { Sealed } from '../event.js';
import { plus, type Instant } from '../instant.js';
import { expireToken, revokeToken } from './end-token.js';
import type { FamilyEvent, TokenIssued } from './events.js';
import { idleExpiry, type Lifetimes } from './facts.js';
import type { FamilyState } from './state.js';

/** A user has proved who they are on a device. */
export interface IssueToken {
  /** As it was when the password was checked: a revocation of all tokens since then must reach the new family too (G6). */
  readonly account: AccountFacts;
  /** As it is now, read after the device's family: it tells whether that one still lives. */
  readonly currentAccount: AccountFacts;
  /** When the user ceased to let the device's family live; null unless that is so. */
  readonly formerRevokedAt: Instant | null;
  readonly deviceId: string;
  readonly sid: string;
  readonly token: { readonly jti: string; readonly keyId: string };
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  readonly deviceName: Sealed | null;
  readonly client: Sealed | null;
}

/** The events that begin a family, for one append: `ending`, how the device's former one ended if it had not yet (G5), first. */
export function issueToken(
  state: FamilyState | null,
  command: IssueToken,
): { readonly ending: readonly FamilyEvent[]; readonly issued: TokenIssued } {
  const ending = state === null ? null : endOfFormer(state, command);
  const revision = (state?.revision ?? -1) + (ending === null ? 1 : 2);
  return { ending: ending === null ? [] : [ending], issued: tokenIssued(command, revision) };
}

function endOfFormer(state: FamilyState, { currentAccount, formerRevokedAt, now }: IssueToken): FamilyEvent | null {
  const former = { sid: state.sid, account: currentAccount, now, revokedAt: formerRevokedAt };
  return expireToken(state, former) ?? revokeToken(state, { ...former, reason: 'superseded' });
}

function tokenIssued({ account, now, lifetimes, ...command }: IssueToken, revision: number): TokenIssued {
  const { deviceId, sid, token, deviceName, client } = command;
  const absoluteExpiresAt = plus(now, lifetimes.absoluteMs);
  return {
    type: 'TokenIssued',
    data: {
      userId: account.userId,
      deviceId,
      sid,
      generation: 0,
      epoch: account.epoch,
      issuedAt: now,
      idleExpiresAt: idleExpiry(now, absoluteExpiresAt, lifetimes),
      absoluteExpiresAt,
      token: { ...token, issuedAt: now, revision },
      deviceName,
      client,
    },
  };
}
