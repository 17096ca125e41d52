import { StoreUnavailableError } from '../../domain/unavailable.js';
import { openReading, type Connection } from './connection.js';
import { reasonOf, sqliteCode, SqliteOpenError } from './errors.js';
import { preparePrivateFile } from './private-file.js';
import { lockForThisProcess, type ProcessLock } from './process-lock.js';
import { Writer, WriterUnavailableError, type TakeResult } from './writer.js';

/** What a column holds, or a parameter of a statement. */
export type SqliteValue = string | number | null | Uint8Array;
/** A row: its columns in the order of the statement. */
export type Row = readonly SqliteValue[];

/** A prepared statement that reads, on the calling thread, what was committed. */
export interface Query {
  get(...parameters: readonly SqliteValue[]): Row | undefined;
  all(...parameters: readonly SqliteValue[]): readonly Row[];
}

/** The file as one store uses it: what fails rejects as the failure (`StoreUnavailableError`) of that store. */
export interface SqliteClient {
  /** Where the file is, for a thread that opens it as well, to read. */
  readonly path: string;
  /**
   * Runs a named job of a job module inside the next group's transaction; resolves with its result only after the commit is
   * on disk. Rejects with `SqliteJobError` if the job threw. `take` gets the result as well, before any listener hears of the commit.
   */
  run<R>(job: string, args: unknown, take?: (result: R) => void): Promise<R>;
  /** Prepares a reading statement, to be kept and used again. */
  query(sql: string): Query;
  /** Calls the listener after each commit, whichever store's it was. Returns how to stop that. */
  onCommit(listener: () => void): () => void;
}

export interface SqliteFileOptions {
  /** The job modules (see jobs.ts) whose tables and jobs the file has. */
  readonly jobs: readonly URL[];
  /**
   * Called once if the writer thread ends by itself: nothing can be written any more, so the process must answer what it has
   * begun and end.
   */
  readonly onFatal?: (error: Error) => void;
  /** Called when something beside a job failed; what the job was to do is stored. Default: nothing. */
  readonly onWarning?: (reason: string) => void;
}

/**
 * One SQLite file: a thread that does all the writing in groups, and a connection of the calling thread that reads. Only one
 * process has it open at a time.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #lock: ProcessLock;
  readonly #writer: Writer;
  readonly #reader: Connection;
  readonly #commitListeners: Set<() => void>;
  #closing: Promise<void> | null = null;

  private constructor(parts: {
    path: string;
    lock: ProcessLock;
    writer: Writer;
    reader: Connection;
    commitListeners: Set<() => void>;
  }) {
    this.#path = parts.path;
    this.#lock = parts.lock;
    this.#writer = parts.writer;
    this.#reader = parts.reader;
    this.#commitListeners = parts.commitListeners;
  }

  /** Opens the file, creating it and its folder if need be, for the owner alone. Rejects with `SqliteOpenError`. */
  static async open(file: string, { jobs, onFatal = ignore, onWarning = ignore }: SqliteFileOptions): Promise<SqliteFile> {
    let lock: ProcessLock | null = null;
    let writer: Writer | null = null;
    const commitListeners = new Set<() => void>();
    const committed = (): void => {
      for (const listener of commitListeners) {
        try {
          listener();
        } catch (error) {
          onWarning(reasonOf(error));
        }
      }
    };
    try {
      const own = preparePrivateFile(file);
      lock = lockForThisProcess(own, file);
      const setup = { path: own.path, jobModules: jobs.map((url) => url.href) };
      writer = await Writer.start(setup, { committed, fatal: onFatal, warning: onWarning });
      // After the writer, which has created the tables that the readers' statements name.
      return new SqliteFile({ path: file, lock, writer, reader: openReading(own.path), commitListeners });
    } catch (error) {
      await writer?.close();
      lock?.release();
      throw error instanceof SqliteOpenError ? error : new SqliteOpenError(file, reasonOf(error), error);
    }
  }

  client(store: StoreUnavailableError['store']): SqliteClient {
    return {
      path: this.#path,
      run: <R>(job: string, args: unknown, take?: (result: R) => void) =>
        this.#writer.run(job, args, take as TakeResult | undefined).catch((error: unknown) => {
          throw error instanceof WriterUnavailableError ? new StoreUnavailableError(store, error.message, error) : error;
        }) as Promise<R>,
      query: (sql) => this.#query(store, sql),
      onCommit: (listener) => {
        this.#commitListeners.add(listener);
        return () => this.#commitListeners.delete(listener);
      },
    };
  }

  /** Lets the jobs that were handed over finish, then closes the file and gives up the lock. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    this.#reader.close();
    this.#lock.release();
  }

  #query(store: StoreUnavailableError['store'], sql: string): Query {
    // One each: after `all`, the driver's `get` on the same statement answers a row of before when it finds none.
    const [one, many] = [this.#reader.prepare(sql).raw(), this.#reader.prepare(sql).raw()];
    const reading = <T>(read: () => T): T => {
      // The driver would go on answering from a closed connection.
      if (this.#closing !== null) throw new StoreUnavailableError(store, `${this.#path} is closed`);
      try {
        return read();
      } catch (error) {
        throw sqliteCode(error) === null ? error : new StoreUnavailableError(store, reasonOf(error), error);
      }
    };
    return {
      get: (...parameters) => reading(() => one.get(parameters) as Row | undefined),
      all: (...parameters) => reading(() => many.all(parameters) as readonly Row[]),
    };
  }
}

function ignore(): void {
  // The owner did not ask to hear of it.
}
