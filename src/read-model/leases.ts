/**
 * Leases: who may run the projector or the scheduler now. Time is the store's own or the caller's clock; a lease is only a
 * hint that keeps two from working at once, correctness comes from guarded writes and expected revisions.
 */
export interface Leases {
  /**
   * Takes or renews the lease `name` for `holder` until `ttlMs` from now: true if it is the holder's now, false if another
   * holds it. Of any number of contenders for a free lease exactly one gets true.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease up, if it is the holder's. */
  release(name: string, holder: string): Promise<void>;
}
