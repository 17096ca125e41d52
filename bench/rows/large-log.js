import { statSync } from 'node:fs';
import path from 'node:path';
import { environmentOf, newFolder, seeded, startOurs } from '../lib/installation.js';
import { race } from '../lib/race.js';
import { rebuilt } from '../lib/rebuilding.js';
import { judged } from '../lib/report.js';
import { chainsOf, slower } from './flat.js';

const CHAINS = 4;
const ROTATIONS = 19;

/** A log of many events: the rebuild over it, then rotation beside it against rotation beside an empty one. */
export async function largeLog({ load, rounds, milliseconds, events }) {
  const folder = newFolder('large');
  const users = Math.ceil(events / (ROTATIONS + 3));
  const [{ events: appended, tokens, seconds }] = await seeded(folder, { users, devices: 1, rotations: ROTATIONS });
  process.stderr.write(`  ${appended} events appended in ${Math.round(seconds)} s\n`);
  // The first one makes the read model, the second compares it with another one.
  await rebuilt(environmentOf(folder));
  const rebuild = await rebuilt(environmentOf(folder));
  if (rebuild.differences > 0) throw new Error(`${rebuild.differences} documents differ`);
  const fewFolder = newFolder('few');
  const [few] = await seeded(fewFolder, { users: 1, devices: CHAINS });
  const [large, small] = [await startOurs(folder), await startOurs(fewFolder)];
  const contenders = {
    ...chainsOf(load, large, { large: tokens.slice(0, CHAINS) }, milliseconds),
    ...chainsOf(load, small, { small: few.tokens }, milliseconds),
  };
  const { medians, rounds: all } = await race(contenders, { rounds });
  await large.stop();
  await small.stop();
  const baseMegabytes = (await rebuilt(environmentOf(fewFolder))).peakBytes / 1e6;
  const bytesAStream = ((rebuild.peakBytes / 1e6 - baseMegabytes) * 1e6) / (users * 3);
  return {
    results: [
      slower(`rotation beside ${appended} events`, 'beside few', medians.large, medians.small),
      judged({ what: `rebuild of ${appended} events, compared`, value: rebuild.rate, unit: 'events/s', atLeast: 60_000 }),
      {
        what: 'its memory at most',
        value: rebuild.peakBytes / 1e6,
        unit: 'MB',
        beside: 'with few events',
        besideValue: baseMegabytes,
      },
      { what: 'of which a stream', value: Math.max(0, bytesAStream), unit: 'bytes' },
      {
        what: 'log, read model and all on disk',
        value: statSync(path.join(folder, 'tokenledger.db')).size / appended,
        unit: 'bytes an event',
      },
    ],
    rounds: all,
  };
}
