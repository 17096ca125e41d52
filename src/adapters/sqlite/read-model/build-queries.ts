import type { Query, SqliteClient, SqliteValue } from '../sqlite-file.js';
import type { AccountDocument, Collection, Documents, SessionDocument } from '../../../read-model/documents.js';
import type { EndingPage } from '../../../read-model/read-model.js';

/** Reads the documents of one build. */
export class BuildQueries {
  readonly #byId: Readonly<Record<Collection, Query>>;
  readonly #afterId: Readonly<Record<Collection, Query>>;
  readonly #activeByUser: Query;
  readonly #activeByEnd: Query;
  readonly #byEnd: Query;

  constructor(client: SqliteClient, build: number) {
    const tables = { sessions: `sessions_${build}`, accounts: `accounts_${build}` };
    const prepareEach = (sql: (table: string) => string): Record<Collection, Query> => ({
      sessions: client.query(sql(tables.sessions)),
      accounts: client.query(sql(tables.accounts)),
    });
    this.#byId = prepareEach((table) => `select document from ${table} where id = ?`);
    this.#afterId = prepareEach((table) => `select document from ${table} where id > ? order by id limit ?`);
    this.#activeByUser = client.query(`select document from ${tables.sessions} where status = 'active' and user_id = ?`);
    // The conditions on the status are those of the two indexes by end: each part is read in order, and the parts are merged.
    const byEnd = (condition: string): string =>
      `select ends_at, id, document from ${tables.sessions}
       where ${condition} and ends_at <= ?1 and (ends_at, id) > (?2, ?3)`;
    const ordered = 'order by 1, 2 limit ?4';
    this.#activeByEnd = client.query(`${byEnd("status = 'active'")} ${ordered}`);
    this.#byEnd = client.query(`${byEnd("status = 'active'")} union all ${byEnd("status <> 'active'")} ${ordered}`);
  }

  find<C extends Collection>(collection: C, id: string): Documents[C] | null {
    const row = this.#byId[collection].get(id);
    return row === undefined ? null : (parsed(row[0]) as Documents[C]);
  }

  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Documents[C][] {
    return this.#afterId[collection].all(afterId ?? '', limit).map((row) => parsed(row[0]) as Documents[C]);
  }

  activeSessionsOf(userId: string): SessionDocument[] {
    const sessions = this.#activeByUser.all(userId).map((row) => parsed(row[0]) as SessionDocument);
    return sessions.sort((a, b) => (a.lastUsedAt < b.lastUsedAt ? 1 : a.lastUsedAt > b.lastUsedAt ? -1 : 0));
  }

  sessionsEnding({ endsBy, activeOnly, after, limit }: EndingPage): SessionDocument[] {
    const query = activeOnly === true ? this.#activeByEnd : this.#byEnd;
    const rows = query.all(endsBy, after?.endsAt ?? '', after?.id ?? '', limit);
    return rows.map((row) => parsed(row[2]) as SessionDocument);
  }

  accounts(userIds: readonly string[]): AccountDocument[] {
    return userIds.map((id) => this.find('accounts', id)).filter((account) => account !== null);
  }
}

/** What a column of JSON holds; only the jobs beside this file write it. */
function parsed(column: SqliteValue | undefined): unknown {
  return JSON.parse(column as string);
}
