import { EventStoreDBClient, type Credentials } from '@eventstore/db-client';
import { unavailable } from './errors.js';

/** The client of EventStoreDB, and what every call of it is given. */
export interface Connection {
  readonly client: EventStoreDBClient;
  /**
   * Given to each append, because the client then makes a call of its own for it, with a deadline of its own. Without, it sends
   * appends down one stream for all: there, when a server goes away under load, promises are left unsettled or rejected with
   * nobody listening, which ends the process, and answers of one connection are taken for another's.
   */
  readonly credentials: Credentials;
}

// In a server without TLS there is nobody to authenticate: the client leaves these out.
const NOBODY: Credentials = { username: 'nobody', password: '' };

/**
 * Reads a connection string as EventStoreDB writes them (`esdb://`, `esdb+discover://`); connects when first needed. Throws
 * `StoreUnavailableError` if it cannot be used.
 */
export function openConnection(url: string): Connection {
  const credentials = credentialsOf(url);
  if (credentials === null)
    throw unavailable('its connection string must have a user name and a password, unless it says tls=false');
  try {
    return { client: EventStoreDBClient.connectionString(url), credentials };
  } catch (error) {
    // The client quotes what it could not read; the whole, which may hold a password, is never told.
    const isMissingFile = error instanceof Error && /^Failed to load|^userCertFile/.test(error.message);
    throw unavailable(`its connection string cannot be used${isMissingFile ? `: ${error.message}` : ''}`);
  }
}

function credentialsOf(url: string): Credentials | null {
  const [, username, password] = /^[^:]+:\/\/([^:/@]+):([^@]+)@/.exec(url) ?? [];
  if (username !== undefined && password !== undefined) {
    try {
      return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    } catch {
      throw unavailable('the user name or password of its connection string is not URL-encoded');
    }
  }
  return /[?&]tls=false(?:&|$)/i.test(url) ? NOBODY : null;
}
