import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changePassword,
  disableUser,
  enableUser,
  eraseUser,
  grantRole,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  revokeAllTokens,
  revokeRole,
  verifyEmail,
} from '../../src/domain/account/decide.js';
import type { AccountEvent } from '../../src/domain/account/events.js';
import { ROLES, type AccountSnapshot } from '../../src/domain/account/snapshot.js';
import { accountOf, evolveAccount } from '../../src/domain/account/state.js';
import { REGISTERED, START } from '../support/family-history.js';

type Command = (account: AccountSnapshot) => readonly (AccountEvent | null)[];

const note = null;
const role = fc.constantFrom(...ROLES);
// Few ids, so that codes often fit the pending request.
const code = fc.record({
  eventId: fc.constantFrom('one', 'two'),
  codeHash: fc.constant('hash'),
  now: fc.constantFrom(START, START + 1, START + 9),
  codeLifetimeMs: fc.constant(5),
});
const kept = fc.option(fc.record({ sid: fc.constantFrom('s', 't'), epoch: fc.nat(3) }));

const command: fc.Arbitrary<Command> = fc.oneof(
  kept.map((one): Command => (account) => [revokeAllTokens(account, { kept: one, reason: 'logout_all' })]),
  // A caller changes the password of an active account only.
  fc.nat(9).map(
    (n): Command =>
      (account) =>
        account.status === 'active' ? changePassword(account, `hash ${n}`) : [],
  ),
  code.map((one): Command => (account) => [requestPasswordReset(account, one)]),
  code.map((one): Command => (account) => {
    const result = resetPassword(account, { ...one, passwordHash: 'reset hash' });
    return result.outcome === 'reset' ? result.events : [];
  }),
  code.map((one): Command => (account) => [requestEmailVerification(account, one)]),
  code.map((one): Command => (account) => {
    const result = verifyEmail(account, one);
    return 'events' in result ? result.events : [];
  }),
  fc.constant<Command>((account) => disableUser(account, { note })),
  fc.constant<Command>((account) => enableUser(account, { note })),
  role.map((one): Command => (account) => [grantRole(account, { role: one })]),
  role.map((one): Command => (account) => [revokeRole(account, { role: one })]),
  { weight: 1, arbitrary: fc.constant<Command>((account) => eraseUser(account, { emailKey: 'key' })) },
);

/** The appends of a user's stream. */
function live(commands: readonly Command[]): AccountEvent[][] {
  const appends: AccountEvent[][] = [[REGISTERED]];
  for (const decide of commands) {
    const account = accountOf(appends.at(-1)!.at(-1)!);
    const events = decide(account).filter((event) => event !== null);
    if (events.length > 0) appends.push(events);
  }
  return appends;
}

describe('any history of an account', () => {
  it('G9: the newest event alone is the account that folding the whole stream gives', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let folded: AccountSnapshot | null = null;
        for (const append of live(commands)) {
          for (const event of append) folded = evolveAccount(folded, event);
          for (const event of append) expect(accountOf(event)).toEqual(folded);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('G4: epochs never go back, and each end of access begins a new one', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let before = accountOf(REGISTERED);
        for (const append of live(commands).slice(1)) {
          const account = accountOf(append.at(-1)!);
          const revokes = append.some(({ type }) => type === 'AllTokensRevoked');
          expect(account.epoch).toBe(before.epoch + (revokes ? 1 : 0));
          const endsAccess =
            account.passwordHash !== before.passwordHash || (before.status === 'active' && account.status !== 'active');
          if (endsAccess) {
            expect(revokes).toBe(true);
            expect(account.kept).toBeNull();
          }
          before = account;
        }
      }),
      { numRuns: 500 },
    );
  });
});
