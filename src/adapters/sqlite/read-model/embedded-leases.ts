import type { Leases } from '../../../processors/ports.js';

interface Lease {
  readonly holder: string;
  /** By the process's monotonic clock, in milliseconds. */
  readonly until: number;
}

/** Leases in memory: one process has the files, so there is nobody else to keep them from, and an idle process writes nothing. */
export function openEmbeddedLeases(): Leases {
  const leases = new Map<string, Lease>();
  return {
    acquire: (name, holder, ttlMs) => {
      const held = leases.get(name);
      const now = performance.now();
      if (held !== undefined && held.holder !== holder && held.until > now) return Promise.resolve(false);
      leases.set(name, { holder, until: now + ttlMs });
      return Promise.resolve(true);
    },
    release: (name, holder) => {
      if (leases.get(name)?.holder === holder) leases.delete(name);
      return Promise.resolve();
    },
    holderOf: (name) => {
      const held = leases.get(name);
      return Promise.resolve(held !== undefined && held.until > performance.now() ? held.holder : null);
    },
  };
}
