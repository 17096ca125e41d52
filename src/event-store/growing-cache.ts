import { LRUCache } from 'lru-cache';

/**
 * The entries that were used last, at most so many, each for at most `ttlMs` milliseconds if that is given. It takes memory as it
 * fills: bounded by a number of entries, the library takes room for all of them at once (235 KB for 10,000).
 */
export function growingCache<V extends object | string | number | boolean>(
  maxEntries: number,
  ttlMs?: number,
): LRUCache<string, V> {
  return new LRUCache({ maxSize: maxEntries, sizeCalculation: one, ...(ttlMs === undefined ? {} : { ttl: ttlMs }) });
}

function one(): number {
  return 1;
}
