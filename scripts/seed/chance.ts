import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Reproducible chance: the same seed gives the same draws in the same order. */
export class Chance {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return uniformInt(this.#generator, Math.floor(from), Math.floor(to));
  }

  /** True in so many of a hundred cases. */
  percent(likelihood: number): boolean {
    return this.between(1, 100) <= likelihood;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.between(0, from.length - 1)] ?? from[0];
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = Array.from({ length: 8 }, () => this.between(0, 0xffff).toString(16).padStart(4, '0'));
    const [a, b, c, d, e, f, g, h] = hex as [string, string, string, string, string, string, string, string];
    const variant = '89ab'.charAt(this.between(0, 3));
    return `${a}${b}-${c}-4${d.slice(1)}-${variant}${e.slice(1)}-${f}${g}${h}`;
  }
}
