/**
 * `npm run bench`: rotation on tokenledger against the floor and the peer, all in one run: servers on one core, the load on
 * another, rounds taken in turns, the median of them. Ends with 1 if a ratio is not what is wanted.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const CHAINS = 32;
const AGED_CHAINS = 4;
const AGE = 10_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    'no-aging': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const milliseconds = Number(values.seconds) * 1000;

const started = [];

/** A program of this folder on a core of its own; `ask` sends a line and resolves to the line that answers it. */
function start(program, core, ...args) {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn('taskset', ['-c', String(core), process.execPath, file, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended`);
    return JSON.parse(value);
  };
  return {
    answer,
    ask: (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return answer();
    },
  };
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Rounds of the load, each going on with the tokens of the one before. */
function loaded(load, target, tokens) {
  const state = { tokens };
  const run = async (limit) => {
    const result = await load.ask({ target, tokens: state.tokens, ...limit });
    if (result.failures > 0) throw new Error(`${target.url}: ${result.failures} rotations failed`);
    state.tokens = result.tokens;
    return result.rotations / result.seconds;
  };
  run.tokens = () => state.tokens;
  return run;
}

/** Rotations a second of each contender: a round each in turns, so that what else the machine does meets all of them. */
async function race(contenders, limit) {
  const rates = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (const run of Object.values(contenders)) await run(limit); // warm-up
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) rates[name].push(await run(limit));
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  return Object.fromEntries(Object.entries(rates).map(([name, list]) => [name, median(list)]));
}

const results = [];
function judge(what, ratio, isMet, wanted) {
  results.push(isMet);
  console.log(`${what.padEnd(42)} ${ratio.toFixed(2)}  (wanted ${wanted}) ${isMet ? 'ok' : 'MISSED'}`);
}

try {
  const load = start('load.js', 1);
  const targets = {};
  const programs = {
    tokenledger: ['ours.js'],
    floor: ['floor.js'],
    'oidc-provider': ['peer.js', 'RS256'],
    'oidc-provider, EdDSA': ['peer.js', 'EdDSA'],
  };
  for (const [name, [program, ...args]] of Object.entries(programs))
    targets[name] = await start(program, 0, CHAINS, ...args).answer();
  const contenders = Object.fromEntries(
    Object.entries(targets).map(([name, target]) => [name, loaded(load, target, target.tokens)]),
  );
  const rates = await race(contenders, { milliseconds });
  for (const [name, rate] of Object.entries(rates)) console.log(`${name.padEnd(24)} ${Math.round(rate)} rotations/s`);
  const [toFloor, toPeer] = [rates.floor, rates['oidc-provider']].map((rate) => rates.tokenledger / rate);
  judge('tokenledger / floor', toFloor, toFloor >= 0.85, '≥ 0.85');
  judge('tokenledger / oidc-provider', toPeer, toPeer >= 2, '≥ 2.0');
  const toPeerAlike = rates.tokenledger / rates['oidc-provider, EdDSA'];
  console.log(`${'tokenledger / oidc-provider, EdDSA'.padEnd(42)} ${toPeerAlike.toFixed(2)}`);

  if (!values['no-aging']) {
    const target = targets.tokenledger; // goes on with the tokens of the race
    const young = await start('ours.js', 0, AGED_CHAINS).answer();
    const aged = loaded(load, target, contenders.tokenledger.tokens().slice(0, AGED_CHAINS));
    process.stderr.write(`${AGED_CHAINS} families are rotated ${AGE} times\n`);
    await aged({ rotations: AGE });
    const fresh = loaded(load, young, young.tokens);
    const perRotation = await race({ aged, fresh }, { rotations: 250 });
    const ratio = perRotation.fresh / perRotation.aged;
    judge(`rotation ${AGE} of a family / rotation 1`, ratio, ratio <= 1.1, '≤ 1.10');
  }
} finally {
  for (const child of started) child.kill('SIGTERM');
}
process.exitCode = results.every(Boolean) ? 0 : 1;
