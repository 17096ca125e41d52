import { median } from './statistics.js';

/**
 * Runs contenders in turns, a round each, so that whatever else the machine does meets all of them alike; the first `warmUp` rounds
 * do not count. Each contender resolves to a number. Resolves to `{medians, rounds}` by name.
 */
export async function race(contenders, { rounds, warmUp = 2 }) {
  const all = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 1 - warmUp; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      const value = await run();
      if (round > 0) all[name].push(value);
    }
    process.stderr.write(round > 0 ? `  round ${round} of ${rounds}\n` : '  warm-up\n');
  }
  const medians = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, median(values)]));
  return { medians, rounds: all };
}

/** A contender that rotates chains for a time, each round going on with the tokens of the one before; gives rotations a second. */
export function chains(load, target, tokens, limit) {
  return rotating(load, { kind: 'chains', target, ...limit }, { tokens });
}

/** The same for any order of rotations. `held.tokens` are those to go on with: they outlive the contender. */
export function rotating(load, order, held) {
  return async () => {
    const result = await load.ask({ ...order, tokens: held.tokens });
    if (result.failures > 0) throw new Error(`${result.failures} rotations failed`);
    held.tokens = result.tokens;
    return result.done / result.seconds;
  };
}

/** A contender that sends the same requests again and again; gives the median latency in milliseconds. */
export function latencyOf(load, origin, requests, limit) {
  return async () => {
    const result = await load.ask({ kind: 'repeat', origin, requests, ...limit });
    if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
    return result.latency.p50;
  };
}
