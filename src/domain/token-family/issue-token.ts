import type { AccountSnapshot } from '../account/snapshot.js';
import type { Sealed } from '../event.js';
import { later, type Instant } from '../instant.js';
import { endToken } from './end-token.js';
import type { FamilyEvent, TokenIssued } from './events.js';
import { idleExpiry, type FamilyPolicy } from './policy.js';
import type { FamilySnapshot, TokenSnapshot } from './snapshot.js';
import type { FamilyState } from './state.js';

/** What only the caller knows of a token that may be issued. */
export type Successor = Pick<TokenSnapshot, 'jti' | 'keyId' | 'runId'>;

/** A user has proved who they are on a device. */
export interface IssueToken {
  /** As it was when the password was checked: a revocation of all tokens since then must reach the new family too (G6). */
  readonly account: AccountSnapshot;
  /** As it is now, read after the device's family: whether that one is alive. */
  readonly currentAccount: AccountSnapshot;
  /** When a revocation of all tokens ended the device's family (`revokedAt`); null if none did. */
  readonly formerRevokedAt: Instant | null;
  readonly sid: string;
  readonly successor: Successor;
  readonly now: Instant;
  readonly policy: FamilyPolicy;
  readonly deviceName: Sealed | null;
  readonly client: Sealed | null;
  readonly tag: string | null;
  readonly remember: boolean;
  /** The key of a valid DPoP proof: the family is bound to it from generation 0 on (RFC 9449 §5). */
  readonly jkt: string | null;
}

/**
 * IssueToken: the events of one append. `TokenIssued` is the last; before it stands how the device's former family ended, if no
 * event says so yet (G5).
 */
export function issueToken(
  state: FamilyState | null,
  command: IssueToken,
): { readonly events: readonly FamilyEvent[]; readonly issued: TokenIssued } {
  const ending = state === null ? null : endOfFormer(state, command);
  const revision = (state?.revision ?? -1) + (ending === null ? 1 : 2);
  const { deviceName, client } = command;
  const issued: TokenIssued = {
    type: 'TokenIssued',
    data: { family: familyIssued(command, revision), deviceName, client },
  };
  return { events: ending === null ? [issued] : [ending, issued], issued };
}

function endOfFormer(state: FamilyState, { currentAccount, formerRevokedAt, now }: IssueToken): FamilyEvent | null {
  const former = { sid: state.family.sid, account: currentAccount, revokedAt: formerRevokedAt, now };
  return endToken(state, { ...former, reason: 'superseded', note: null });
}

function familyIssued(command: IssueToken, revision: number): FamilySnapshot {
  const { account, sid, successor, now, policy, deviceName, tag, remember, jkt } = command;
  const absoluteExpiresAt = later(now, policy.lifetimes.absoluteMs);
  const nameRevision = deviceName === null ? null : revision;
  return {
    sid,
    generation: 0,
    epoch: account.epoch,
    familyIssuedAt: now,
    idleExpiresAt: idleExpiry(now, absoluteExpiresAt, policy.lifetimes),
    absoluteExpiresAt,
    token: { ...successor, tokenIssuedAt: now, revision, lastContested: null, nameRevision },
    attempt: null,
    tag,
    redelivered: false,
    contested: null,
    binding: jkt === null ? null : { jkt, generation: 0 },
    adoption: null,
    remember,
    nameRevision,
    rotationLimitAt: null,
  };
}
