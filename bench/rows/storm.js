import { newFolder, refreshTarget, registered, signedIn, startOurs } from '../lib/installation.js';
import { ALL_CORES, LOAD_CORE, programOf, start } from '../lib/processes.js';
import { compared, judged } from '../lib/report.js';
import { median } from '../lib/statistics.js';

const ATTACKERS = 16;
const CHAINS = 4;
const SIGN_INS = 3;

/**
 * What a storm of registrations and guesses from one network does to everybody else: sign-ins from other networks, and refreshes.
 * The limits are in force, and the server has all processors, as at home.
 */
export async function storm({ load, rounds, milliseconds }) {
  const ours = await startOurs(newFolder('flood'), { core: ALL_CORES, env: { TRUST_PROXY: '1', RATE_LIMIT_EXEMPT: '' } });
  const credentials = await registered(ours, 'bench@example.com');
  const pairs = await signedIn(ours, credentials, CHAINS);
  let held = pairs.map((pair) => pair.refresh_token);
  const flood = start(programOf('load/load.js'), { core: LOAD_CORE });
  const found = { quiet: [], storm: [], quietSignIns: [], signIns: [] };
  let network = 0;

  const refreshP99 = async () => {
    const target = refreshTarget(ours, { 'x-forwarded-for': '192.0.2.1' });
    const result = await load.ask({ kind: 'chains', target, tokens: held, milliseconds });
    if (result.failures > 0) throw new Error(`${result.failures} rotations failed`);
    held = result.tokens;
    return result.latency.p99;
  };
  const raging = (length) => flood.ask({ kind: 'repeat', origin: ours.origin, requests: attacks(), milliseconds: length });
  // One after the other, each from a network of its own.
  const slowestSignIn = async () => {
    let slowest = 0;
    for (let count = 0; count < SIGN_INS; count += 1) {
      const headers = { 'x-forwarded-for': `198.51.${(network += 1) % 256}.1` };
      const requests = [{ ...login(credentials), headers }];
      const { failures, seconds } = await load.ask({ kind: 'repeat', origin: ours.origin, requests, times: 1 });
      if (failures > 0) throw new Error('a sign-in from another network failed');
      slowest = Math.max(slowest, seconds * 1000);
    }
    return slowest;
  };

  await refreshP99();
  for (let round = 1; round <= rounds; round += 1) {
    found.quiet.push(await refreshP99());
    found.quietSignIns.push(await slowestSignIn());
    const first = raging(milliseconds + 500);
    found.storm.push(await refreshP99());
    await first;
    const second = raging(milliseconds);
    found.signIns.push(await slowestSignIn());
    await second;
    process.stderr.write(`  round ${round} of ${rounds}\n`);
  }
  await flood.stop();
  await ours.stop();
  const refreshes = { what: 'refresh p99 during a storm from one network', value: median(found.storm), unit: 'ms' };
  const signIns = { what: 'slowest sign-in from other networks meanwhile', value: Math.max(...found.signIns), unit: 'ms' };
  return {
    results: [
      compared({ ...refreshes, beside: 'without it', besideValue: median(found.quiet), atMost: 3 }),
      judged({ ...signIns, beside: 'without it', besideValue: Math.max(...found.quietSignIns), atMost: 1_000 }),
    ],
    rounds: found,
  };
}

/** Guesses for many accounts, and registrations, from addresses of one network. */
function attacks() {
  return Array.from({ length: ATTACKERS }, (_, index) => {
    const body = { email: `victim-${index}-${Date.now()}@example.com`, password: `guess number ${index} of a storm` };
    const headers = { 'x-forwarded-for': `203.0.113.${index + 1}` };
    return index % 2 === 0 ? { ...login(body), headers } : { ...login(body), headers, path: '/api/v1/auth/register' };
  });
}

function login(body) {
  return { path: '/api/v1/auth/login', type: 'application/json', body: JSON.stringify(body) };
}
