import { newFolder, refreshTarget, seeded, settled, startOurs } from '../lib/installation.js';
import { chains, race } from '../lib/race.js';
import { compared } from '../lib/report.js';

const CHAINS = 32;

/**
 * Many families of as many users, each once a round: more of them than any cache holds, and asked for in the same order, so none is
 * found there. The first round presents tokens of before the start, which are compared with the log once.
 */
export async function wide({ load, rounds, milliseconds, families }) {
  const folder = newFolder('wide');
  const [many, few] = await seeded(folder, { users: families, devices: 1 }, { users: 1, devices: CHAINS });
  await settled(folder);
  const ours = await startOurs(folder);
  const target = refreshTarget(ours);
  let tokens = many.tokens;
  const contenders = {
    wide: async () => {
      const result = await load.ask({ kind: 'once', target, tokens, connections: CHAINS });
      if (result.failures > 0) throw new Error(`${result.failures} rotations failed`);
      tokens = result.tokens;
      return result.done / result.seconds;
    },
    chains: chains(load, target, few.tokens, { milliseconds }),
  };
  // Nothing is warm but the code.
  await contenders.chains();
  const first = await contenders.wide();
  const { medians, rounds: all } = await race(contenders, { rounds, warmUp: 1 });
  await ours.stop();
  const beside = { unit: 'rotations/s', beside: `${CHAINS} chains`, besideValue: medians.chains };
  const what = `rotation, ${families} families of as many users`;
  const afterStart = { ...beside, what: `${what}, first after a start`, value: first, ratio: first / medians.chains };
  return { results: [compared({ ...beside, what, value: medians.wide, atLeast: 0.85 }), afterStart], rounds: all };
}
