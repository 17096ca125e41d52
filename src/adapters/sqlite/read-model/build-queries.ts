import type { Query, Row, SqliteClient } from '../sqlite-file.js';
import type {
  AccountDocument,
  Collection,
  Documents,
  SessionDocument,
  StreamDocument,
} from '../../../read-model/documents.js';
import type { EndingPage, SessionsPage } from '../../../read-model/read-model.js';
import { AlteredDocumentError, isDocument } from '../../../read-model/intact-documents.js';
import { asBytes, textOfBytes } from '../text-of-bytes.js';

/** A document, and the id of its row before it. */
const DOCUMENT = `${asBytes('id')}, ${asBytes('document')}`;

/** Reads the documents of one build. */
export class BuildQueries {
  readonly #byId: Readonly<Record<Collection, Query>>;
  readonly #byIds: Readonly<Record<Collection, Query>>;
  readonly #afterId: Readonly<Record<Collection, Query>>;
  readonly #activeByUser: Query;
  readonly #countActiveByUser: Query;
  readonly #endedByUser: Query;
  readonly #activeByEnd: Query;
  readonly #byEnd: Query;
  readonly #byEmail: Query;
  readonly #streamsOfUser: Query;
  readonly #suspectStreams: Query;

  constructor(client: SqliteClient, build: number) {
    const tables = { sessions: `sessions_${build}`, accounts: `accounts_${build}`, streams: `streams_${build}` };
    const prepareEach = (sql: (table: string) => string): Record<Collection, Query> => ({
      sessions: client.query(sql(tables.sessions)),
      accounts: client.query(sql(tables.accounts)),
      streams: client.query(sql(tables.streams)),
    });
    this.#byId = prepareEach((table) => `select ${DOCUMENT} from ${table} where id = ?`);
    // A list in JSON: as many ids as there are, in one statement, which takes half the time of a statement each.
    this.#byIds = prepareEach((table) => `select ${DOCUMENT} from ${table} where id in (select value from json_each(?))`);
    this.#afterId = prepareEach((table) => `select ${DOCUMENT} from ${table} where id > ? order by id limit ?`);
    // A negative limit is none.
    this.#activeByUser = client.query(`
      select ${DOCUMENT} from ${tables.sessions} where status = 'active' and user_id = ?1
        and (?2 is null or last_used_at < ?2 or (last_used_at = ?2 and id > ?3))
      order by last_used_at desc, id limit ?4`);
    this.#countActiveByUser = client.query(
      `select count(*) from (select 1 from ${tables.sessions} where status = 'active' and user_id = ? limit ?)`,
    );
    this.#endedByUser = client.query(`
      select ${DOCUMENT} from ${tables.sessions} where status <> 'active' and user_id = ?
      order by ends_at desc, id desc limit ?`);
    // The conditions on the status are those of the two indexes by end: each part is read in order, and the parts are merged.
    const byEnd = (condition: string): string =>
      `select ${DOCUMENT}, ends_at, id from ${tables.sessions}
       where ${condition} and ends_at <= ?1 and (ends_at, id) > (?2, ?3)`;
    const ordered = 'order by 3, 4 limit ?4';
    this.#activeByEnd = client.query(`${byEnd("status = 'active'")} ${ordered}`);
    this.#byEnd = client.query(`${byEnd("status = 'active'")} union all ${byEnd("status <> 'active'")} ${ordered}`);
    this.#byEmail = client.query(`select ${DOCUMENT} from ${tables.accounts} where email_key = ? order by id limit 1`);
    this.#streamsOfUser = client.query(
      `select ${DOCUMENT} from ${tables.streams} where id > ? and id < ? order by id limit ?`,
    );
    this.#suspectStreams = client.query(
      `select ${DOCUMENT} from ${tables.streams} where suspect = 1 and id > ? order by id limit ?`,
    );
  }

  find<C extends Collection>(collection: C, id: string): Documents[C] | null {
    const row = this.#byId[collection].get(id);
    return row === undefined ? null : parsed<C>(collection, row);
  }

  /** Those that there are, in any order. */
  findAll<C extends Collection>(collection: C, ids: readonly string[]): Documents[C][] {
    if (ids.length === 0) return [];
    return this.#byIds[collection].all(JSON.stringify(ids)).map((row) => parsed<C>(collection, row));
  }

  scan<C extends Collection>(collection: C, afterId: string, limit: number): Documents[C][] {
    return this.#afterId[collection].all(afterId, limit).map((row) => scanned(row) as Documents[C]);
  }

  activeSessionsOf(userId: string, page?: SessionsPage): SessionDocument[] {
    const { lastUsedAt, id } = page?.after ?? { lastUsedAt: null, id: '' };
    return sessionsOf(this.#activeByUser.all(userId, lastUsedAt, id, page?.limit ?? -1));
  }

  countActiveSessionsOf(userId: string, upTo: number): number {
    return Number(this.#countActiveByUser.get(userId, upTo)?.[0]);
  }

  endedSessionsOf(userId: string, limit: number): SessionDocument[] {
    return sessionsOf(this.#endedByUser.all(userId, limit));
  }

  sessionsEnding({ endsBy, activeOnly, after, limit }: EndingPage): SessionDocument[] {
    const query = activeOnly === true ? this.#activeByEnd : this.#byEnd;
    const rows = query.all(endsBy, after?.endsAt ?? Number.MIN_SAFE_INTEGER, after?.id ?? '', limit);
    return rows.map((row) => parsed('sessions', row));
  }

  accountByEmailKey(emailKey: string): AccountDocument | null {
    const row = this.#byEmail.get(emailKey);
    return row === undefined ? null : parsed('accounts', row);
  }

  /** Those whose id stands between the two. */
  deviceStreamsBetween(afterId: string, beforeId: string, limit: number): StreamDocument[] {
    return this.#streamsOfUser.all(afterId, beforeId, limit).map((row) => parsed('streams', row));
  }

  suspectStreams(afterId: string, limit: number): StreamDocument[] {
    return this.#suspectStreams.all(afterId, limit).map((row) => parsed('streams', row));
  }
}

function sessionsOf(rows: readonly Row[]): SessionDocument[] {
  return rows.map((row) => parsed('sessions', row));
}

/** The document of a row. Throws `AlteredDocumentError` if there is none in it: only the jobs beside this file write there. */
function parsed<C extends Collection>(collection: C, row: Row): Documents[C] {
  const document = documentIn(row);
  if (document === null) throw new AlteredDocumentError(collection);
  return document as Documents[C];
}

/** The same of a row that is compared with what the log says: what is no document has but its id, and is as none that is made. */
function scanned(row: Row): unknown {
  return documentIn(row) ?? { id: idOf(row) };
}

/** Null for what is no JSON, no document, or one of another id. */
function documentIn(row: Row): unknown {
  try {
    const value: unknown = JSON.parse(textOfBytes(row[1] as Uint8Array));
    return isDocument(value, idOf(row)) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function idOf([id]: Row): string {
  return textOfBytes(id as Uint8Array);
}
