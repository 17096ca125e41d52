import { existsSync } from 'node:fs';
import { MongoClient, type Db } from 'mongodb';
import { ConnectionStringError, type StoreUnavailableError } from '../../domain/unavailable.js';
import { asUnavailable, unavailable } from './errors.js';

const DEFAULT_DATABASE = 'tokenledger';

const FILES = ['tlsCAFile', 'tlsCRLFile', 'tlsCertificateKeyFile'] as const;

// Options whose values are no words of the driver.
const SECRET_OPTIONS = /[?&](?:authMechanismProperties|\w*password|\w*username)=([^&]*)/gi;
// A shorter part of a connection string says nothing when it stands in a message.
const SHOWN_CHARACTERS = 3;

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
   * `url` is a connection string; its path names the database (default: `tokenledger`). Throws `ConnectionStringError` if it
   * cannot be used as one. What is written is acknowledged by a majority and in their journals, and only what is so is read, so that
   * nothing that was seen or answered is lost when another member becomes primary.
   */
  static open(url: string): MongoConnection {
    const namesDatabase = /^[^:]+:\/\/[^/]+\/[^?]/.test(url);
    try {
      const client = clientOf(url);
      checkFiles(client.options);
      return new MongoConnection(client, namesDatabase ? client.db() : client.db(DEFAULT_DATABASE));
    } catch (error) {
      throw new ConnectionStringError('read model', 'MongoDB connection string', `cannot be used${reasonOf(error, url)}`);
    }
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
}

/** The driver reads these files when it connects, and a file that is not there would look like a server that does not answer. */
function checkFiles(options: Readonly<Partial<Record<(typeof FILES)[number], unknown>>>): void {
  for (const name of FILES) {
    const file = options[name];
    if (typeof file === 'string' && !existsSync(file)) throw new Error(`${name} names a file that is not there`);
  }
}

/** The driver names the part that is wrong; what may hold a password is never shown. */
function reasonOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return '';
  const [, authority = '', options = ''] = /^[^:]*:\/\/([^?]*)(.*)$/su.exec(url) ?? [];
  const secrets = [
    ...authority.split(/[:@,/]/),
    ...[...options.matchAll(SECRET_OPTIONS)].flatMap(([, value = '']) => value.split(/[:,]/)),
  ];
  const isQuoted = [url, ...secrets].some((part) => part.length >= SHOWN_CHARACTERS && error.message.includes(part));
  return isQuoted ? '' : `: ${error.message.replace(/\.$/, '')}`;
}
