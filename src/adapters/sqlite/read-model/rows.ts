import type {
  AccountDocument,
  Collection,
  Placed,
  SessionDocument,
  StreamDocument,
} from '../../../read-model/documents.js';
import type { BuildQueries } from './build-queries.js';
import type { AccountRow, SessionRow, StreamRow } from './read-model-jobs.js';

/** The documents that there are among the asked ones, each with its collection. */
export function placed(documents: BuildQueries, collection: Collection, ids: readonly string[]): Placed[] {
  return documents.findAll(collection, ids).map((document) => ({ collection, document }) as Placed);
}

/** What a batch changes, as rows of the tables. */
export function rowsOf(documents: readonly Placed[]): {
  readonly sessions: readonly SessionRow[];
  readonly accounts: readonly AccountRow[];
  readonly streams: readonly StreamRow[];
} {
  const sessions: SessionRow[] = [];
  const accounts: AccountRow[] = [];
  const streams: StreamRow[] = [];
  for (const { collection, document } of documents) {
    if (collection === 'sessions') sessions.push(sessionRow(document));
    else if (collection === 'accounts') accounts.push(accountRow(document));
    else streams.push(streamRow(document));
  }
  return { sessions, accounts, streams };
}

/** A session as the columns of its table. */
function sessionRow(session: SessionDocument): SessionRow {
  const { id, userId, status, endsAt, lastUsedAt, position } = session;
  return [id, userId, status, endsAt, lastUsedAt, position, JSON.stringify(session)];
}

/** An account likewise. */
function accountRow(account: AccountDocument): AccountRow {
  return [account.id, account.emailKey, account.position, JSON.stringify(account)];
}

/** A device's stream likewise. */
function streamRow(stream: StreamDocument): StreamRow {
  const { id, contested, reused, position } = stream;
  return [id, contested || reused ? 1 : 0, position, JSON.stringify(stream)];
}
