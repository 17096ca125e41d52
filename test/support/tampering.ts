import type Database from 'libsql';
import type { Finding } from '../../src/audit/findings.js';
import type { VerifyReport } from '../../src/audit/verify.js';

/** What somebody with other tools does to the file of a log. */
export type Change = (db: Database.Database) => unknown;

/** Everything that an event says of itself, but not where it stands. */
export const CONTENT: readonly string[] = ['id', 'type', 'data', 'metadata'];

/** Sets a column of the event at a position to an SQL expression. */
export const setting =
  (column: string, expression: string, position: number): Change =>
  (db) =>
    db.exec(`update events set ${column} = ${expression} where position = ${position}`);

/** Exchanges columns of two events. */
export const exchange =
  (a: number, b: number, columns: readonly string[]): Change =>
  (db) => {
    const of = (position: number): unknown[] =>
      db
        .prepare(`select ${columns.join(', ')} from events where position = ?`)
        .raw()
        .get(position) as unknown[];
    const [first, second] = [of(a), of(b)];
    const set = db.prepare(`update events set ${columns.map((column) => `${column} = ?`).join(', ')} where position = ?`);
    set.run([...second, a]);
    set.run([...first, b]);
  };

/** Moves an event to a place in the log that is free. */
export const movePosition =
  (from: number, to: number): Change =>
  (db) =>
    db.prepare('update events set position = ? where position = ?').run(to, from);

/** Removes the events at some positions, both ends included. */
export const removal =
  (from: number, to = from): Change =>
  (db) =>
    db.exec(`delete from events where position between ${from} and ${to}`);

/** Appends a copy of the event at `from` to the stream of the event at `to`; by default at the end of the log. */
export const copyInto =
  (from: number, to: number, revision: number, position: number | null = null): Change =>
  (db) =>
    db.exec(`insert into events (position, stream_id, revision, id, type, data, metadata)
      select ${position ?? 'null'}, (select stream_id from events where position = ${to}), ${revision}, id, type, data, metadata
      from events where position = ${from}`);

/** Moves the event at `from` to another stream. */
export const moveInto = (from: number, to: number, revision: number): Change =>
  setting('stream_id', `(select stream_id from events where position = ${to}), revision = ${revision}`, from);

/** A finding in a word: its kind, the stream (a known one by its number) and the revision. */
export function brief({ kind, stream, revision }: Finding, devices: readonly string[], prefix: string): string {
  const device = devices.indexOf(stream ?? '');
  const where = device >= 0 ? ` ${device}` : (stream ?? '').slice(prefix.length).replace(/^(?=.)/, ' ');
  return `${kind}${where}${revision === null ? '' : `@${revision}`}`;
}

export const briefly = ({ findings }: VerifyReport, devices: readonly string[], prefix: string): string[] =>
  findings.map((finding) => brief(finding, devices, prefix));
