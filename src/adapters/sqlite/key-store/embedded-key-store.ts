import type { Instant } from '../../../domain/instant.js';
import type { Query, SqliteClient, SqliteFile } from '../sqlite-file.js';
import { KeyDestroyedError, type KeyStore, type StoredUserKey } from '../../../key-store/key-store.js';
import {
  CREATE_KEY,
  DESTROY_KEY,
  FOLD_IN,
  HAS_TRACES,
  PING_KEYS,
  REPLACE_KEY,
  type CreateKeyAnswer,
  type CreateKeyArgs,
  type DestroyKeyArgs,
  type ReplaceKeyArgs,
} from './key-jobs.js';

/** The job module that a SQLite file must be opened with to hold the users' keys. */
export const KEY_STORE_JOBS = new URL('./key-jobs.js', import.meta.url);

/**
 * The users' keys in a SQLite file of their own, opened with `KEY_STORE_JOBS`: log and keys are backed up apart. Closing the
 * store leaves the file to its owner.
 */
export function openEmbeddedKeyStore(file: SqliteFile): KeyStore {
  return new EmbeddedKeyStore(file.client('key store'));
}

class EmbeddedKeyStore implements KeyStore {
  readonly #client: SqliteClient;
  readonly #find: Query;
  readonly #page: Query;
  readonly #findDestroyed: Query;
  readonly #destroyedPage: Query;

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#find = client.query('select wrapped_key from user_keys where user_id = ?');
    this.#page = client.query(
      'select user_id, wrapped_key from user_keys where user_id > ? and wrapped_key is not null order by user_id limit ?',
    );
    this.#findDestroyed = client.query('select destroyed_at from user_keys where user_id = ? and wrapped_key is null');
    this.#destroyedPage = client.query(
      'select user_id from user_keys where user_id > ? and wrapped_key is null order by user_id limit ?',
    );
  }

  async create(userId: string, wrappedKey: Uint8Array): Promise<Uint8Array> {
    // Plain bytes: a Buffer may be a view of a larger pool, which would cross to the other thread whole.
    const args: CreateKeyArgs = { userId, wrappedKey: Uint8Array.from(wrappedKey) };
    const stored = await this.#client.run<CreateKeyAnswer>(CREATE_KEY, args);
    if (stored === null) throw new KeyDestroyedError('the user’s key was destroyed');
    return stored;
  }

  // Reading is a matter of microseconds, so it is done at once; async so that a failure rejects.
  // eslint-disable-next-line @typescript-eslint/require-await
  async get(userId: string): Promise<Uint8Array | 'destroyed' | null> {
    const row = this.#find.get(userId);
    return row === undefined ? null : ((row[0] ?? 'destroyed') as Uint8Array | 'destroyed');
  }

  replace(userId: string, expected: Uint8Array, wrappedKey: Uint8Array): Promise<boolean> {
    const bytes = { expected: Uint8Array.from(expected), wrappedKey: Uint8Array.from(wrappedKey) };
    const args: ReplaceKeyArgs = { userId, ...bytes };
    return this.#client.run<boolean>(REPLACE_KEY, args);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async list(after: string | null, maxCount: number): Promise<readonly StoredUserKey[]> {
    // No user id is empty, so all are after the empty text.
    const rows = this.#page.all(after ?? '', maxCount) as readonly (readonly [string, Uint8Array])[];
    return rows.map(([userId, wrappedKey]) => ({ userId, wrappedKey }));
  }

  async destroy(userId: string, at: Instant): Promise<void> {
    const args: DestroyKeyArgs = { userId, at };
    await this.#client.run(DESTROY_KEY, args);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async destroyedAt(userId: string): Promise<Instant | null> {
    const row = this.#findDestroyed.get(userId);
    return row === undefined ? null : Number(row[0]);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async listDestroyed(after: string | null, maxCount: number): Promise<readonly string[]> {
    return this.#destroyedPage.all(after ?? '', maxCount).map(([userId]) => String(userId));
  }

  async removeTraces(): Promise<boolean> {
    await this.#client.run(FOLD_IN, null);
    return !(await this.#client.run<boolean>(HAS_TRACES, null));
  }

  async ping(): Promise<void> {
    await this.#client.run(PING_KEYS, null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
