import { statSync } from 'node:fs';
import path from 'node:path';
import { newFolder, seeded, settled, startOurs } from '../lib/installation.js';
import { race } from '../lib/race.js';
import { judged } from '../lib/report.js';
import { median } from '../lib/statistics.js';
import { COMMANDS, logOrder, readSound, seededLog, usersOf } from '../lib/whole-log.js';
import { chainsOf, slower } from './flat.js';

const CHAINS = 4;
const RUNS = 5;

/** A log of many events: rebuild and verify over it, then rotation beside it against rotation beside an empty one. */
export async function largeLog({ load, rounds, milliseconds, events }) {
  const whole = await seededLog('large', logOrder(usersOf(events)));
  const reading = [];
  for (const name of Object.keys(COMMANDS))
    reading.push(...figuresOf(name, await readTimes(whole.env, name), whole.events));
  const { medians, rounds: all } = await beside(whole, { load, rounds, milliseconds });
  return {
    results: [
      slower(`rotation beside ${whole.events} events`, 'beside few', medians.large, medians.small),
      ...reading,
      {
        what: 'log, read model and all on disk',
        value: statSync(path.join(whole.folder, 'tokenledger.db')).size / whole.events,
        unit: 'bytes an event',
      },
    ],
    rounds: all,
  };
}

/** The medians of some runs. */
async function readTimes(env, name) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await readSound(env, name));
  const medianOf = (figure) => median(runs.map((run) => run[figure]));
  return { rate: medianOf('rate'), cpuMicroseconds: medianOf('cpuMicroseconds'), peakBytes: medianOf('peakBytes') };
}

function figuresOf(name, { rate, cpuMicroseconds, peakBytes }, events) {
  return [
    judged({ what: `${name} of ${events} events`, value: rate, unit: 'events/s', atLeast: 60_000 }),
    { what: '  its processor time', value: cpuMicroseconds, unit: 'µs an event' },
    { what: '  its memory', value: peakBytes / 1e6, unit: 'MB' },
  ];
}

async function beside(whole, { load, rounds, milliseconds }) {
  const fewFolder = newFolder('few');
  const [few] = await seeded(fewFolder, { users: 1, devices: CHAINS });
  await settled(whole.folder);
  const [large, small] = [await startOurs(whole.folder), await startOurs(fewFolder)];
  const contenders = {
    ...chainsOf(load, large, { large: whole.tokens.slice(0, CHAINS) }, milliseconds),
    ...chainsOf(load, small, { small: few.tokens }, milliseconds),
  };
  const raced = await race(contenders, { rounds });
  await large.stop();
  await small.stop();
  return raced;
}
