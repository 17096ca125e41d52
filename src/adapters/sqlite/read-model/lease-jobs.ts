import type { PrepareJobs } from '../jobs.js';

export interface AcquireArgs {
  readonly name: string;
  readonly holder: string;
  readonly ttlMs: number;
}
export interface ReleaseArgs {
  readonly name: string;
  readonly holder: string;
}

export const ACQUIRE = 'leases.acquire';
export const RELEASE = 'leases.release';

const SCHEMA = `
  create table if not exists leases (
    name text primary key,
    holder text not null,
    -- Milliseconds since 1970, by this machine's clock.
    expires_at integer not null
  ) strict, without rowid;
`;

export function prepareLeaseJobs(db: Parameters<PrepareJobs>[0]): ReturnType<PrepareJobs> {
  db.exec(SCHEMA);
  const acquire = db.prepare(`
    insert into leases (name, holder, expires_at) values (?, ?, ?)
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
    where holder = excluded.holder or expires_at <= ?
  `);
  const release = db.prepare('delete from leases where name = ? and holder = ?');
  return {
    [ACQUIRE]: ({ name, holder, ttlMs }: AcquireArgs): boolean => {
      const now = Date.now();
      return acquire.run(name, holder, now + ttlMs, now).changes === 1;
    },
    [RELEASE]: ({ name, holder }: ReleaseArgs): null => {
      release.run(name, holder);
      return null;
    },
  };
}
