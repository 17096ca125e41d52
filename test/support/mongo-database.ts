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

/**
 * The connection string through another port of loopback, and to that alone. It names no replica set any more: a driver that knows
 * one finds the members' own addresses, and so its way past the proxy.
 */
export function throughPort(url: string, port: number): string {
  const [, scheme, credentials = '', , rest = '/'] = partsOf(url);
  const proxied = new URL(`${scheme}${credentials}127.0.0.1:${port}${rest.startsWith('/') ? rest : `/${rest}`}`);
  proxied.searchParams.delete('replicaSet');
  proxied.searchParams.set('directConnection', 'true');
  return proxied.href;
}

/** The port of the first server that a connection string names. */
export function portOf(url: string): number {
  const [, , , hosts = ''] = partsOf(url);
  return Number(/:(\d+)$/.exec(hosts.split(',')[0] ?? '')?.[1] ?? 27_017);
}

/** Scheme, credentials, hosts and the rest: a connection string with several hosts is no URL to `URL`. */
function partsOf(url: string): RegExpExecArray {
  const parts = /^([^:]+:\/\/)([^@/]*@)?([^/?]+)(.*)$/.exec(url);
  if (parts === null) throw new Error('MONGODB_URL is no connection string');
  return parts;
}

/** The connection string with another database. */
function urlOfDatabase(serverUrl: string, database: string): string {
  const [, server, options = ''] = /^([^:]+:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(serverUrl) ?? [];
  if (server === undefined) throw new Error('MONGODB_URL is no connection string');
  return `${server}/${database}${options}`;
}
