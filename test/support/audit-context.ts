import type { UserAuditContext } from '../../src/audit/context.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { POLICY } from './family-history.js';

/** What audits stand on, over a log whose sealed values say themselves: a client's is its address. */
export function readable(eventLog: UserAuditContext['eventLog'], index: ReadModel): UserAuditContext {
  return {
    eventLog,
    index,
    sealing: {
      open: (_user, field, sealed) =>
        Promise.resolve(field === 'client' ? JSON.stringify({ ip: sealed, userAgent: 'agent' }) : sealed),
    },
    emailKey: (email) => email,
    decodePosition: () => null,
    streamPrefix: 'test_',
    policy: POLICY,
    now: Date.now,
  };
}
