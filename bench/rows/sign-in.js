import { newFolder, refreshTarget, registered, signedIn, startOurs } from '../lib/installation.js';
import { ALL_CORES, LOAD_CORE, programOf, SERVER_CORE, start } from '../lib/processes.js';
import { race } from '../lib/race.js';
import { compared } from '../lib/report.js';
import { median } from '../lib/statistics.js';

const IN_FLIGHT = 4;
const CHAINS = 4;

/**
 * Sign-ins against the bare rate of verifying, both on one processor with as many in flight: on devices of before, and each on a new
 * device, which is a mail more.
 */
export async function signIn({ load, rounds, milliseconds }) {
  const ours = await startOurs(newFolder('sign-in'));
  const credentials = await registered(ours, 'bench@example.com');
  const bare = start(programOf('servers/verifying.js'), { core: SERVER_CORE, args: [IN_FLIGHT] });
  const devices = (await signedIn(ours, credentials, IN_FLIGHT)).map((pair) => pair.device_id);
  const rateOf = (requests) => async () => {
    const { done, failures, seconds } = await load.ask({ kind: 'repeat', origin: ours.origin, requests, milliseconds });
    if (failures > 0) throw new Error(`${failures} sign-ins failed`);
    return done / seconds;
  };
  const contenders = {
    known: rateOf(devices.map((device_id) => loginOf({ ...credentials, device_id }))),
    new: rateOf(Array(IN_FLIGHT).fill(loginOf(credentials))),
    bare: async () => (await bare.ask({ milliseconds })).rate,
  };
  const { medians, rounds: all } = await race(contenders, { rounds });
  await ours.stop();
  await bare.stop();
  const beside = { unit: 'a second', beside: 'bare verifying', besideValue: medians.bare, atLeast: 0.8 };
  return {
    results: [
      compared({ what: 'sign-in', value: medians.known, ...beside }),
      compared({ what: 'sign-in on a new device', value: medians.new, ...beside }),
    ],
    rounds: all,
  };
}

/** The refreshes of a few clients while others sign in as fast as they can. The server has all processors, as at home. */
export async function refreshDuringSignIns({ load, rounds, milliseconds }) {
  const ours = await startOurs(newFolder('storm'), { core: ALL_CORES });
  const credentials = await registered(ours, 'bench@example.com');
  const tokens = (await signedIn(ours, credentials, CHAINS)).map((pair) => pair.refresh_token);
  const storm = start(programOf('load/load.js'), { core: LOAD_CORE });
  const requests = Array(IN_FLIGHT * 2).fill(loginOf(credentials));
  const latencies = { quiet: [], storm: [] };
  let held = tokens;
  const p99 = async () => {
    const result = await load.ask({ kind: 'chains', target: refreshTarget(ours), tokens: held, milliseconds });
    if (result.failures > 0) throw new Error(`${result.failures} rotations failed`);
    held = result.tokens;
    return result.latency.p99;
  };
  await p99();
  for (let round = 1; round <= rounds; round += 1) {
    latencies.quiet.push(await p99());
    const raging = storm.ask({ kind: 'repeat', origin: ours.origin, requests, milliseconds: milliseconds + 500 });
    latencies.storm.push(await p99());
    await raging;
    process.stderr.write(`  round ${round} of ${rounds}\n`);
  }
  await storm.stop();
  await ours.stop();
  const figure = { what: 'refresh p99 during a storm of sign-ins', value: median(latencies.storm), unit: 'ms' };
  const beside = { beside: 'without it', besideValue: median(latencies.quiet) };
  return { results: [compared({ ...figure, ...beside, atMost: 3 })], rounds: latencies };
}

function loginOf(credentials) {
  return { path: '/api/v1/auth/login', type: 'application/json', body: JSON.stringify(credentials) };
}
