import type { SqliteFile } from '../sqlite-file.js';
import type { Leases } from '../../../read-model/leases.js';
import { ACQUIRE, RELEASE, type AcquireArgs, type ReleaseArgs } from './lease-jobs.js';

/** Leases in a SQLite file, opened with `READ_MODEL_JOBS` among its job modules. */
export function openEmbeddedLeases(file: SqliteFile): Leases {
  const client = file.client('read model');
  return {
    acquire: (name, holder, ttlMs) => client.run<boolean>(ACQUIRE, { name, holder, ttlMs } satisfies AcquireArgs),
    release: async (name, holder) => {
      await client.run(RELEASE, { name, holder } satisfies ReleaseArgs);
    },
  };
}
