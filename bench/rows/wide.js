import { newFolder, refreshTarget, seeded, settled, startOurs } from '../lib/installation.js';
import { race, rotating } from '../lib/race.js';
import { compared } from '../lib/report.js';
import { median } from '../lib/statistics.js';

const CHAINS = 32;
const WARM_UPS = 5;

/**
 * Many families of as many users, each once. First after a start, which is done again for every round: nothing is warm but the code,
 * and the tokens are of before, so they are compared with the log. Then the same families again and again, as devices come back: what
 * their refreshes need is remembered, as long as there are not more than memory is kept for.
 */
export async function wide({ load, rounds, milliseconds, families }) {
  const folder = newFolder('wide');
  const [many, few] = await seeded(folder, { users: families, devices: 1 }, { users: 1, devices: CHAINS });
  await settled(folder);
  const held = { wide: { tokens: many.tokens }, chains: { tokens: few.tokens } };
  const cold = { wide: [], chains: [] };
  let ours = null;
  let contenders = null;
  for (let start = 1; start <= rounds; start += 1) {
    await ours?.stop();
    ours = await startOurs(folder);
    contenders = contendersOf(ours, load, held, milliseconds);
    // A server takes so long until its code is compiled as well as it will be.
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1) await contenders.chains();
    cold.chains.push(await contenders.chains());
    cold.wide.push(await contenders.wide());
    process.stderr.write(`  start ${start} of ${rounds}\n`);
  }
  const { medians, rounds: again } = await race(contenders, { rounds, warmUp: 1 });
  await ours.stop();
  const what = `rotation, ${families} families of as many users`;
  const beside = { unit: 'rotations/s', beside: `${CHAINS} chains` };
  const first = { what: `${what}, nothing warm but the code`, value: median(cold.wide), besideValue: median(cold.chains) };
  const comingBack = { ...beside, what: `${what}, coming back`, value: medians.wide, besideValue: medians.chains };
  return {
    results: [compared({ ...beside, ...first, atLeast: 0.85 }), { ...comingBack, ratio: medians.wide / medians.chains }],
    rounds: { cold, again },
  };
}

/** Both go on with the tokens that they got last, over restarts of the server too. */
function contendersOf(ours, load, held, milliseconds) {
  const target = refreshTarget(ours);
  return {
    wide: rotating(load, { kind: 'once', target, connections: CHAINS }, held.wide),
    chains: rotating(load, { kind: 'chains', target, milliseconds }, held.chains),
  };
}
