import { StoreUnavailableError } from '../domain/unavailable.js';
import type { AccountDocument, Collection, SessionDocument } from './documents.js';
import type { SessionReader } from './read-model.js';

/** A document of the read model is not as this program writes it: only an operator can help. */
export class AlteredDocumentError extends StoreUnavailableError {
  constructor(collection: Collection) {
    super(
      'read model',
      `a document in its collection of ${collection} was changed by another tool; \`rebuild\` makes the read model again`,
    );
  }
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const flag: Check = (value) => typeof value === 'boolean';
const list: Check = Array.isArray;
const object: Check = (value) => typeof value === 'object';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const SESSION: Readonly<Record<keyof SessionDocument, Check>> = {
  ...{ id: text, userId: text, deviceId: text, deviceName: orNull(text), client: orNull(text) },
  ...{ issuedAt: number, issuedPosition: text, lastUsedAt: number, generation: number, epoch: number },
  ...{ status: text, endReason: orNull(text), endsAt: number, absoluteExpiresAt: number, contestedAt: orNull(number) },
  ...{ historyId: text, position: text },
};
const ACCOUNT: Readonly<Record<keyof AccountDocument, Check>> = {
  ...{
    id: text,
    status: text,
    epoch: number,
    kept: object,
    revocations: list,
    email: orNull(text),
    emailKey: orNull(text),
  },
  ...{ name: orNull(text), emailVerified: flag, roles: list, registeredAt: number, statusSince: number, position: text },
};

function intact<T extends object>(collection: Collection, checks: Readonly<Record<keyof T, Check>>, document: T): T {
  const fields = document as Readonly<Record<string, unknown>> | null;
  for (const [field, check] of Object.entries<Check>(checks))
    if (!check(fields?.[field])) throw new AlteredDocumentError(collection);
  return document;
}

const session = (document: SessionDocument): SessionDocument => intact('sessions', SESSION, document);
const account = (document: AccountDocument): AccountDocument => intact('accounts', ACCOUNT, document);

/**
 * The read model as it is asked: a document that another tool has changed is named in a sentence. All reject with
 * `AlteredDocumentError` besides what the reader rejects with.
 */
export function withIntactDocuments(reader: SessionReader): SessionReader {
  return {
    checkpoint: () => reader.checkpoint(),
    session: async (sid) => {
      const found = await reader.session(sid);
      return found && session(found);
    },
    activeSessionsOf: async (userId, page) => (await reader.activeSessionsOf(userId, page)).map(session),
    countActiveSessionsOf: (userId, upTo) => reader.countActiveSessionsOf(userId, upTo),
    endedSessionsOf: async (userId, limit) => (await reader.endedSessionsOf(userId, limit)).map(session),
    account: async (userId) => {
      const found = await reader.account(userId);
      return found && account(found);
    },
    accounts: async (userIds) => (await reader.accounts(userIds)).map(account),
    accountByEmailKey: async (emailKey) => {
      const found = await reader.accountByEmailKey(emailKey);
      return found && account(found);
    },
    accountsAfter: async (afterId, limit) => (await reader.accountsAfter(afterId, limit)).map(account),
    ping: () => reader.ping(),
  };
}
