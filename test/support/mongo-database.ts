import { randomBytes } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { MongoConnection } from '../../src/adapters/mongodb/mongo-connection.js';

/** A database of a test's own, which is removed when it is closed. */
export interface MongoDatabase {
  /** The connection string that names the database. */
  readonly url: string;
  readonly connection: MongoConnection;
  close(): Promise<void>;
}

export function openMongoDatabase(serverUrl: string): MongoDatabase {
  const url = urlOfDatabase(serverUrl, `tokenledger_test_${randomBytes(6).toString('hex')}`);
  const connection = MongoConnection.open(url);
  return {
    url,
    connection,
    close: async () => {
      await connection.close();
      await inDatabase(url, (db) => db.dropDatabase());
    },
  };
}

/** Looks into a database beside the code under test. */
export async function inDatabase<T>(url: string, look: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url);
  try {
    return await look(client.db());
  } finally {
    await client.close();
  }
}

/** The connection string through another port of loopback, and to that alone. */
export function throughPort(url: string, port: number): string {
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(port);
  proxied.searchParams.set('directConnection', 'true');
  return proxied.href;
}

/** The connection string with another database. */
function urlOfDatabase(serverUrl: string, database: string): string {
  const [, server, options = ''] = /^([^:]+:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(serverUrl) ?? [];
  if (server === undefined) throw new Error('MONGODB_URL is no connection string');
  return `${server}/${database}${options}`;
}
