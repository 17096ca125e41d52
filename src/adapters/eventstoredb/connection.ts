import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, type Credentials } from '@eventstore/db-client';
import { ConnectionStringError } from '../../domain/unavailable.js';
import { isAnswer } from './errors.js';
import { isSilence } from './patience.js';
import { problemOf } from './string-problem.js';

// In a server without TLS there is nobody to authenticate: the client leaves these out.
const NOBODY: Credentials = { username: 'nobody', password: '' };

// Unless the connection string names them. A node that accepts connections and never answers must not hold up the search for the
// leader (seconds), nor a connection that has gone quiet (milliseconds).
const DEFAULTS = { gossiptimeout: 'gossipTimeout=1', keepalivetimeout: 'keepAliveTimeout=2000' } as const;

const CREDENTIALS = /^[^:]+:\/\/([^:/@]+):([^@]+)@/;

// Without capitals, hyphens and underscores, as the client compares them.
const KNOWN_OPTIONS = [
  ...['usercertfile', 'userkeyfile', 'maxdiscoverattempts', 'connectionname', 'defaultdeadline', 'discoveryinterval'],
  ...['gossiptimeout', 'nodepreference', 'tls', 'tlsverifycert', 'tlscafile', 'throwonappendfailure'],
  ...['keepaliveinterval', 'keepalivetimeout'],
];

// After it no call of a client that was replaced is still under way.
const LAST_CALLS_MS = 10_000;

/** A client, and when it was replaced. */
export interface CurrentClient {
  readonly client: EventStoreDBClient;
  readonly replaced: AbortSignal;
}

/** The one client of EventStoreDB that a process uses, and what every call of it is given. */
export class Connection {
  /**
   * Given to each append, because the client then makes a call of its own for it, with a deadline of its own. Without, it sends
   * appends down one stream for all: there, when a server fails under load, promises are left unsettled or rejected with
   * nobody listening, which ends the process, and answers of one connection are taken for another's.
   */
  readonly credentials: Credentials;
  readonly #make: () => EventStoreDBClient;
  #current: CurrentClient & { readonly end: AbortController };
  #heardAt = performance.now();

  constructor(make: () => EventStoreDBClient, credentials: Credentials) {
    this.#make = make;
    this.credentials = credentials;
    this.#current = this.#next();
  }

  get current(): CurrentClient {
    return this.#current;
  }

  /** The user that the server knows us by; null without TLS. */
  get user(): string | null {
    return this.credentials === NOBODY ? null : this.credentials.username;
  }

  /** Something came from the server. */
  readonly heard = (): void => {
    this.#heardAt = performance.now();
  };

  /**
   * Makes a call. When it ends by its deadline and nothing else was answered meanwhile, the client is replaced: left to itself it
   * looks for the leader again only when a node refuses it, not when one is silent.
   */
  async call<T>(use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const used = this.#current;
    const beganAt = performance.now();
    try {
      const answer = await use(used.client);
      this.heard();
      return answer;
    } catch (error) {
      if (isAnswer(error)) this.heard();
      else if (isSilence(error) && used === this.#current && this.#heardAt < beganAt) this.#replace();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#current.end.abort();
    await this.#current.client.dispose();
  }

  #replace(): void {
    const former = this.#current;
    this.#current = this.#next();
    former.end.abort();
    void retire(former.client);
  }

  #next(): CurrentClient & { readonly end: AbortController } {
    const end = new AbortController();
    return { client: this.#make(), replaced: end.signal, end };
  }
}

/**
 * Reads a connection string as EventStoreDB writes them (`esdb://`, `esdb+discover://`); connects when first needed. Throws
 * `ConnectionStringError` if it cannot be used.
 */
export function openConnection(url: string): Connection {
  const withDefaults = complete(url);
  const make = (): EventStoreDBClient => EventStoreDBClient.connectionString(withDefaults);
  try {
    make();
  } catch (error) {
    throw refused(problemOf(error, withDefaults));
  }
  const credentials = credentialsOf(url);
  if (credentials === null) throw refused('must have a user name and a password, unless it says tls=false');
  return new Connection(make, credentials);
}

/**
 * The connection string with what it leaves open, and without options that the client does not know: it would leave them out as well,
 * and say so on the console with the whole string, password and all.
 */
export function complete(url: string): string {
  const whole = url.trim().replace(/\/+$/, '');
  const user = CREDENTIALS.exec(whole)?.[0] ?? '';
  const [hosts = '', ...options] = whole.slice(user.length).split(/[?&]/);
  const given = options.filter((option) => !/^[^=]+=[^=]/.test(option) || KNOWN_OPTIONS.includes(nameOf(option)));
  const named = given.map(nameOf);
  const added = Object.entries(DEFAULTS).flatMap(([name, option]) => (named.includes(name) ? [] : [option]));
  return `${user}${hosts}?${[...given, ...added].join('&')}`;
}

function nameOf(option: string): string {
  const [name = ''] = option.split('=');
  return name.trim().toLowerCase().replace(/[_-]/g, '');
}

function credentialsOf(url: string): Credentials | null {
  const [, username, password] = CREDENTIALS.exec(url) ?? [];
  if (username !== undefined && password !== undefined)
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return /[?&]tls=false(?:&|$)/i.test(url) ? NOBODY : null;
}

function refused(problem: string): ConnectionStringError {
  return new ConnectionStringError('event store', 'connection string', problem);
}

/** Lets the last calls of a client end by their own deadlines, then closes its channel, which has no way of its own to be closed. */
async function retire(client: EventStoreDBClient): Promise<void> {
  await sleep(LAST_CALLS_MS, undefined, { ref: false });
  try {
    await client.dispose();
    const { getChannel } = client as unknown as { getChannel?: () => Promise<{ close(): void }> };
    (await getChannel?.())?.close();
  } catch {
    // It never found a server: there is nothing to close.
  }
}
