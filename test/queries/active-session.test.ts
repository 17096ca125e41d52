import { describe, expect, it } from '@jest/globals';
import { isActive } from '../../src/queries/session-standing.js';
import { anAccount, aSession } from '../support/documents.js';

describe('G11: a session', () => {
  const account = anAccount(1);
  const session = aSession(1, { userId: account.id, endsAt: 1_000 });

  it('is active before its instant of expiry, and not at it, whether or not a sweep has run', () => {
    expect(isActive(session, account, 999)).toBe(true);
    expect(isActive(session, account, 1_000)).toBe(false);
  });

  it('is not active once it was ended, or its user’s account does not let it live', () => {
    expect(isActive({ ...session, status: 'revoked' }, account, 1)).toBe(false);
    expect(isActive(session, { ...account, epoch: 1 }, 1)).toBe(false);
    expect(isActive(session, { ...account, status: 'disabled' }, 1)).toBe(false);
    expect(isActive(session, null, 1)).toBe(false);
  });
});
