/** A read model that another tool has changed, as it is asked: named in a sentence, not a defect. */
import { describe, expect, it } from '@jest/globals';
import type { AccountDocument, SessionDocument } from '../../src/read-model/documents.js';
import { AlteredDocumentError, withIntactDocuments } from '../../src/read-model/intact-documents.js';
import type { SessionReader } from '../../src/read-model/read-model.js';
import { aSession, anAccount } from '../support/documents.js';

/** A read model with one session and one account; null is none. */
function holding(session: SessionDocument | null, account: AccountDocument | null): SessionReader {
  return withIntactDocuments({
    checkpoint: () => Promise.resolve(null),
    session: () => Promise.resolve(session),
    activeSessionsOf: () => Promise.resolve([session!]),
    countActiveSessionsOf: () => Promise.resolve(1),
    endedSessionsOf: () => Promise.resolve([session!]),
    account: () => Promise.resolve(account),
    accounts: () => Promise.resolve([account!]),
    accountByEmailKey: () => Promise.resolve(account),
    accountsAfter: () => Promise.resolve([account!]),
    ping: () => Promise.resolve(),
  });
}
const sessionsOf = (reader: SessionReader): Promise<unknown>[] => [
  reader.session('id'),
  ...[reader.activeSessionsOf('id'), reader.endedSessionsOf('id', 1)],
];
const accountsOf = (reader: SessionReader): Promise<unknown>[] => [
  ...[reader.account('id'), reader.accountByEmailKey('key')],
  ...[reader.accounts(['id']), reader.accountsAfter(null, 1)],
];
const without = <T extends object>(document: T, field: keyof T): T => ({ ...document, [field]: undefined });

async function refused(answers: readonly Promise<unknown>[], collection: string): Promise<void> {
  for (const { reason } of (await Promise.allSettled(answers)) as { reason?: unknown }[]) {
    expect(reason).toBeInstanceOf(AlteredDocumentError);
    expect(String(reason)).toMatch(new RegExp(`of ${collection} was changed by another tool; \`rebuild\``));
  }
}

describe('documents', () => {
  it('are given as they are, and none stays none', async () => {
    const [session, account] = [aSession(1), anAccount(1)];
    for (const found of await Promise.all(sessionsOf(holding(session, account)))) expect([found].flat()).toEqual([session]);
    for (const found of await Promise.all(accountsOf(holding(session, account)))) expect([found].flat()).toEqual([account]);
    const empty = holding(null, null);
    expect(await Promise.all([empty.session('id'), empty.account('id'), empty.accountByEmailKey('key')])).toEqual(
      Array(3).fill(null),
    );
  });

  it('are refused without any one of their fields, or with another kind of value there', async () => {
    const [session, account] = [aSession(1), anAccount(1)];
    for (const field of Object.keys(session) as (keyof SessionDocument)[]) {
      await refused(sessionsOf(holding(without(session, field), account)), 'sessions');
      await refused(sessionsOf(holding({ ...session, [field]: true }, account)), 'sessions');
    }
    for (const field of Object.keys(account) as (keyof AccountDocument)[]) {
      await refused(accountsOf(holding(session, without(account, field))), 'accounts');
      await refused(accountsOf(holding(session, { ...account, [field]: Symbol('of no kind') })), 'accounts');
    }
    await refused([holding(null, null).activeSessionsOf('id')], 'sessions');
  });
});
