import { LRUCache } from 'lru-cache';

/** The entries that were used last; by their keys. */
export type GrowingCache<V extends Entry> = LRUCache<string, V>;

/**
 * The newest events of so many users are kept, and where so many streams stand. Devices come back after half an hour, so this many serve
 * up to 30 refreshes a second.
 */
export const MAX_KEPT_STREAMS = 50_000;

// Looking at the clock for each use costs a timer a millisecond.
const TTL_RESOLUTION_MS = 1_000;
const MIN_RESOLUTIONS = 20;

type Entry = object | string | number | boolean;

/**
 * The entries that were used last, at most so many, each for at most `ttl` milliseconds if that is given. It takes memory as it
 * fills: bounded by a number of entries, the library takes room for all of them at once (235 KB for 10,000).
 */
export function growingCache<V extends Entry>(
  maxEntries: number,
  times: { readonly ttl?: number; readonly ttlResolution?: number } = {},
): GrowingCache<V> {
  const ttlResolution = Math.min(TTL_RESOLUTION_MS, Math.floor((times.ttl ?? Infinity) / MIN_RESOLUTIONS));
  return new LRUCache({ maxSize: maxEntries, sizeCalculation: one, ttlResolution, ...times });
}

function one(): number {
  return 1;
}
