import { StoreUnavailableError } from '../domain/unavailable.js';
import type { AccountDocument, Collection, SessionDocument } from './documents.js';
import type { SessionReader } from './read-model.js';
import { seenBy } from './seen-documents.js';

/** A document of the read model is not as this program writes it: only an operator can help. */
export class AlteredDocumentError extends StoreUnavailableError {
  constructor(collection: Collection) {
    super(
      'read model',
      `a document in its collection of ${collection} was changed by another tool; \`rebuild\` makes the read model again`,
    );
  }
}

/** Whether something that is stored under an id has what every document has: that id, and a position. */
export function isDocument(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id: own, position } = value as { readonly id?: unknown; readonly position?: unknown };
  return own === id && typeof position === 'string';
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
  ...{ id: text, status: text, epoch: number, kept: object, revocations: list, position: text },
  ...{ email: orNull(text), emailKey: orNull(text), name: orNull(text), emailVerified: flag },
  ...{ roles: list, registeredAt: number, statusSince: number },
};

function intact<T extends object>(collection: Collection, checks: Readonly<Record<keyof T, Check>>, document: T): T {
  const fields = document as Readonly<Record<string, unknown>> | null;
  for (const [field, check] of Object.entries<Check>(checks))
    if (!check(fields?.[field])) throw new AlteredDocumentError(collection);
  return document;
}

/**
 * The read model as it is asked: a document that another tool has changed is named in a sentence. All reject with
 * `AlteredDocumentError` besides what the reader rejects with.
 */
export function withIntactDocuments(reader: SessionReader): SessionReader {
  return seenBy(reader, {
    session: (document) => intact('sessions', SESSION, document),
    account: (document) => intact('accounts', ACCOUNT, document),
  });
}
