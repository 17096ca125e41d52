import { LRUCache } from 'lru-cache';

/** The entries that were used last; by their keys. */
export type GrowingCache<V extends Entry> = LRUCache<string, V>;

type Entry = object | string | number | boolean;

/**
 * The entries that were used last, at most so many, each for at most `ttl` milliseconds if that is given. It takes memory as it
 * fills: bounded by a number of entries, the library takes room for all of them at once (235 KB for 10,000).
 */
export function growingCache<V extends Entry>(
  maxEntries: number,
  times: { readonly ttl?: number; readonly ttlResolution?: number } = {},
): GrowingCache<V> {
  return new LRUCache({ maxSize: maxEntries, sizeCalculation: one, ...times });
}

function one(): number {
  return 1;
}
