import type { Collection, Placed, SessionDocument } from '../../../read-model/documents.js';
import type { BuildQueries } from './build-queries.js';
import type { SessionRow } from './read-model-jobs.js';

/** The documents that there are among the asked ones, each with its collection. */
export function placed(documents: BuildQueries, collection: Collection, ids: readonly string[]): Placed[] {
  return ids
    .map((id) => documents.find(collection, id))
    .filter((document) => document !== null)
    .map((document) => ({ collection, document }) as Placed);
}

/** A session as the columns of its table. */
export function sessionRow(session: SessionDocument): SessionRow {
  const { id, userId, status, endsAt, lastUsedAt, position } = session;
  return [id, userId, status, endsAt, lastUsedAt, position, JSON.stringify(session)];
}
