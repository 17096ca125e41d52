import { MongoClient, type Db } from 'mongodb';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { asUnavailable, unavailable } from './errors.js';

const DEFAULT_DATABASE = 'tokenledger';

// How long a request waits for a primary to be there, in milliseconds: an election takes seconds, a client waits no longer.
const SELECTION_MS = 2_000;
// How long a command may go unanswered. What does more than that at once is split by those who ask for it.
const ANSWER_MS = 5_000;

/** MongoDB as one store uses it: what fails is reported as the failure (`StoreUnavailableError`) of that store. */
export class MongoStore {
  readonly db: Db;
  readonly #store: StoreUnavailableError['store'];
  readonly #connected: () => Promise<void>;

  /** `connected` resolves once there is a connection, and rejects, to be asked again, if none can be made now. */
  constructor(db: Db, store: StoreUnavailableError['store'], connected: () => Promise<void>) {
    this.db = db;
    this.#store = store;
    this.#connected = connected;
  }

  /** Does something with the database; rejects with `StoreUnavailableError` if that failed for what passes. */
  async run<T>(use: (db: Db) => Promise<T>): Promise<T> {
    try {
      await this.#connected();
    } catch (error) {
      // Whatever it is, also a name that cannot be resolved: there is no connection.
      throw unavailable(this.#store, error);
    }
    try {
      return await use(this.db);
    } catch (error) {
      throw asUnavailable(this.#store, error);
    }
  }

  /** Resolves if the server that takes the writes answers. */
  async ping(): Promise<void> {
    await this.run((db) => db.command({ ping: 1 }));
  }
}

/**
 * One connection of a process to MongoDB, shared by the stores there. It is made when first needed and again whenever it
 * was lost, so a process can start and wait while MongoDB is down.
 */
export class MongoConnection {
  readonly #client: MongoClient;
  readonly #db: Db;
  #connected: Promise<void> | null = null;

  private constructor(client: MongoClient, db: Db) {
    this.#client = client;
    this.#db = db;
  }

  /**
   * `url` is a connection string; its path names the database (default: `tokenledger`). Throws `StoreUnavailableError` if it
   * cannot be used as one. What is written is acknowledged by a majority and in their journals, and only what is so is read, so that
   * nothing that was seen or answered is lost when another member becomes primary.
   */
  static open(url: string): MongoConnection {
    const client = clientOf(url);
    const namesDatabase = /^[^:]+:\/\/[^/]+\/[^?]/.test(url);
    return new MongoConnection(client, namesDatabase ? client.db() : client.db(DEFAULT_DATABASE));
  }

  store(store: StoreUnavailableError['store']): MongoStore {
    return new MongoStore(this.#db, store, () => this.#connect());
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /**
   * Connects unless that was done. Left to itself, the driver would never try again after the first time had failed; once there was
   * a connection it does.
   */
  #connect(): Promise<void> {
    this.#connected ??= this.#client.connect().then(
      () => undefined,
      (error: unknown) => {
        this.#connected = null;
        throw error;
      },
    );
    return this.#connected;
  }
}

function clientOf(url: string): MongoClient {
  try {
    return new MongoClient(url, {
      // These one by one: what the connection string says of one of them would otherwise override it.
      w: 'majority',
      journal: true,
      wtimeoutMS: ANSWER_MS,
      readConcernLevel: 'majority',
      readPreference: 'primary',
      serverSelectionTimeoutMS: SELECTION_MS,
      connectTimeoutMS: SELECTION_MS,
      waitQueueTimeoutMS: SELECTION_MS,
      socketTimeoutMS: ANSWER_MS,
      // A server that hangs is found out by its heartbeats, which free the requests that wait for it.
      heartbeatFrequencyMS: SELECTION_MS,
      appName: 'tokenledger',
    });
  } catch (error) {
    // The driver names the part that is wrong; the whole, which may hold a password, is never shown.
    const reason = error instanceof Error && !error.message.includes(url) ? `: ${error.message}` : '';
    throw new StoreUnavailableError('read model', `its MongoDB connection string cannot be used${reason}`);
  }
}
