import type { AccountDocument, SessionDocument } from './documents.js';
import type { SessionReader } from './read-model.js';

/** What becomes of a document before it is given. May throw: the question is answered so then. */
export interface Seeing {
  readonly session?: (session: SessionDocument) => SessionDocument;
  readonly account?: (account: AccountDocument) => AccountDocument;
}

const asItIs = <T>(document: T): T => document;

/** A reader that gives each document as it is to be seen; none stays none. Rejects as the reader does, and with what `seeing` throws. */
export function seenBy(reader: SessionReader, { session = asItIs, account = asItIs }: Seeing): SessionReader {
  return {
    checkpoint: () => reader.checkpoint(),
    session: async (sid) => orNull(await reader.session(sid), session),
    activeSessionsOf: async (userId, page) => (await reader.activeSessionsOf(userId, page)).map(session),
    countActiveSessionsOf: (userId, upTo) => reader.countActiveSessionsOf(userId, upTo),
    endedSessionsOf: async (userId, limit) => (await reader.endedSessionsOf(userId, limit)).map(session),
    account: async (userId) => orNull(await reader.account(userId), account),
    accounts: async (userIds) => (await reader.accounts(userIds)).map(account),
    accountByEmailKey: async (emailKey) => orNull(await reader.accountByEmailKey(emailKey), account),
    accountsAfter: async (afterId, limit) => (await reader.accountsAfter(afterId, limit)).map(account),
    ping: () => reader.ping(),
  };
}

function orNull<T>(document: T | null, seen: (document: T) => T): T | null {
  return document && seen(document);
}
