import type { HighWater, HighWaterMark } from '../../../key-store/high-water-mark.js';
import type { Query, SqliteClient, SqliteFile } from '../sqlite-file.js';
import { asBytes, textOfBytes } from '../text-of-bytes.js';
import { NOTE_KEYS_LOST, WRITE_HIGH_WATER } from './high-water-jobs.js';

/** The job module that a SQLite file must be opened with to hold the high-water mark. */
export const HIGH_WATER_JOBS = new URL('./high-water-jobs.js', import.meta.url);

/** The high-water mark in the file of the users' keys, opened with `HIGH_WATER_JOBS`. */
export function openEmbeddedHighWaterMark(file: SqliteFile): HighWaterMark {
  return new EmbeddedHighWaterMark(file.client('key store'));
}

class EmbeddedHighWaterMark implements HighWaterMark {
  readonly #client: SqliteClient;
  readonly #find: Query;
  readonly #findLost: Query;

  constructor(client: SqliteClient) {
    this.#client = client;
    this.#find = client.query(`select ${['position', 'event_id', 'history_id'].map(asBytes).join(', ')} from high_water`);
    this.#findLost = client.query(`select ${asBytes('up_to')} from keys_lost`);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async read(): Promise<HighWater | null> {
    const row = this.#find.get() as readonly [Uint8Array, Uint8Array, Uint8Array] | undefined;
    if (row === undefined) return null;
    return { position: textOfBytes(row[0]), eventId: textOfBytes(row[1]), historyId: textOfBytes(row[2]) };
  }

  async write(mark: HighWater): Promise<void> {
    await this.#client.run(WRITE_HIGH_WATER, mark);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async keysLostUpTo(): Promise<string | null> {
    const row = this.#findLost.get() as readonly [Uint8Array] | undefined;
    return row === undefined ? null : textOfBytes(row[0]);
  }

  async noteKeysLostUpTo(position: string | null): Promise<void> {
    await this.#client.run(NOTE_KEYS_LOST, position);
  }
}
