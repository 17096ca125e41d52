import Database from 'libsql';
import type { Connection } from '../connection.js';
import { BUILD_TABLES, BUILDS_SCHEMA, buildSchema, dropBuildSchema } from './schema.js';

const BUILDS_TABLE = 'read_model_builds';
// No program makes this version, so every start asks for a rebuild.
const INCOMPLETE = 'incomplete';

/**
 * Makes the list of builds, or begins it again where another version of the program left one with other columns: the read model is
 * empty then, and is made from the log.
 */
export function prepareBuilds(db: Connection): void {
  const found = columnsOf(db, BUILDS_TABLE);
  if (found !== '' && found !== expected(BUILDS_SCHEMA, [BUILDS_TABLE]).get(BUILDS_TABLE)) {
    for (const table of tablesOf(db)) db.exec(`drop table ${table}`);
    db.exec(`drop table ${BUILDS_TABLE}`);
  }
  db.exec(BUILDS_SCHEMA);
}

/**
 * Makes the tables of a build those that this program reads and writes: what is missing, or has other columns, is made empty. Its
 * documents are in the log still, and the build then asks for a rebuild. The rebuild itself must not fail for what it replaces.
 */
export function fitBuild(db: Connection, build: number): void {
  const tables = BUILD_TABLES.map((table) => `${table}_${build}`);
  const wanted = expected(buildSchema(build), tables);
  const unfit = tables.filter((table) => columnsOf(db, table) !== wanted.get(table));
  for (const table of unfit) db.exec(`drop table if exists ${table}`);
  db.exec(buildSchema(build));
  if (unfit.length > 0) db.prepare(`update ${BUILDS_TABLE} set made_by = ? where build = ?`).run(INCOMPLETE, build);
}

/** The tables of a new build; what a build of that number left behind goes first. */
export function makeBuild(db: Connection, build: number): void {
  db.exec(dropBuildSchema(build));
  db.exec(buildSchema(build));
}

function tablesOf(db: Connection): string[] {
  const rows = db.prepare("select name from sqlite_master where type = 'table'").raw().all() as [string][];
  const pattern = new RegExp(`^(${BUILD_TABLES.join('|')})_\\d+$`);
  return rows.map(([name]) => name).filter((name) => pattern.test(name));
}

/** The columns that tables have by a schema. */
function expected(schema: string, tables: readonly string[]): ReadonlyMap<string, string> {
  const model = new Database(':memory:');
  try {
    model.exec(schema);
    return new Map(tables.map((table) => [table, columnsOf(model, table)]));
  } finally {
    model.close();
  }
}

/** The columns of a table as one text to compare; empty if there is no table. */
function columnsOf(db: Connection, table: string): string {
  const columns = db.prepare(`pragma table_info(${table})`).raw().all();
  return columns.length === 0 ? '' : JSON.stringify(columns);
}
