// 8 MB, of which a short log touches few pages. Of a million names one in some ten thousand seems to be there and is not, of ten million
// one in twenty.
const BITS_OF_PLACE = 26;
const PLACES = 3;
const FNV_BASIS = 0x811c9dc5;
// The prime of FNV-1a, and another odd factor, so that the two hashes have little in common.
const FACTORS = [0x01000193, 0x5bd1e995] as const;

/** Names that were added, as a Bloom filter: of constant memory, and wrong only in that it may hold a name that was never added. */
export class NameFilter {
  readonly #bytes = new Uint8Array(2 ** BITS_OF_PLACE / 8);

  add(name: string): void {
    for (const place of placesOf(name)) this.#bytes[place >>> 3] = this.#byteOf(place) | (1 << (place & 7));
  }

  /** False only for a name that was never added. */
  mayHold(name: string): boolean {
    return placesOf(name).every((place) => (this.#byteOf(place) & (1 << (place & 7))) !== 0);
  }

  #byteOf(place: number): number {
    return this.#bytes[place >>> 3] ?? 0;
  }
}

/** Places by double hashing: the first hash, and that with the second added once, twice, … */
function placesOf(name: string): number[] {
  let [one, other] = [FNV_BASIS, FNV_BASIS];
  for (let at = 0; at < name.length; at += 1) {
    const unit = name.charCodeAt(at);
    one = Math.imul(one ^ unit, FACTORS[0]);
    other = Math.imul(other ^ unit, FACTORS[1]);
  }
  return Array.from({ length: PLACES }, (_, times) => (one + Math.imul(times, other)) >>> (32 - BITS_OF_PLACE));
}
