import { statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newFolder, refreshTarget, registered, seeded, signedIn, startOurs } from '../lib/installation.js';
import { judged } from '../lib/report.js';
import { median, quantile } from '../lib/statistics.js';

const CHAINS = 32;
const IDLE_MS = 30_000;
const LOOK_EVERY_MS = 100;
const ROTATIONS_A_CHAIN = 400;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

/** From the start to the first answer, and the memory of a server that nobody asks anything. */
export async function idle({ rounds }) {
  const seconds = [];
  const resting = [];
  for (let round = 1; round <= rounds; round += 1) {
    const folder = newFolder('idle');
    // The first start makes the installation: that is once in its life.
    await (await startOurs(folder)).stop();
    const ours = await startOurs(folder);
    await fetch(`${ours.origin}/healthz`);
    seconds.push(ours.secondsToStart);
    resting.push({ ours, rested: sleep(IDLE_MS) });
  }
  const megabytes = [];
  // Beside each other: one that does nothing takes nothing from the others.
  for (const { ours, rested } of resting) {
    await rested;
    megabytes.push(ours.memoryBytes() / 1e6);
    await ours.stop();
  }
  return {
    results: [
      judged({ what: 'start to first answer', value: median(seconds), unit: 's', atMost: 1 }),
      judged({ what: 'memory, idle for 30 s', value: median(megabytes), unit: 'MB', atMost: 110 }),
    ],
    rounds: { seconds, megabytes },
  };
}

/** How far the read model is behind the log at full load, as the metrics say it. */
export async function lag({ load, rounds, milliseconds }) {
  const ours = await startOurs(newFolder('lag'));
  const pairs = await signedIn(ours, await registered(ours, 'bench@example.com'), CHAINS);
  const order = { kind: 'chains', target: refreshTarget(ours), milliseconds: milliseconds * rounds };
  const samples = [];
  let isOver = false;
  const loading = load.ask({ ...order, tokens: pairs.map((pair) => pair.refresh_token) }).finally(() => (isOver = true));
  while (!isOver) {
    samples.push(await lagOf(ours));
    await sleep(LOOK_EVERY_MS);
  }
  const { failures } = await loading;
  if (failures > 0) throw new Error(`${failures} rotations failed`);
  await sleep(500);
  const after = await lagOf(ours);
  await ours.stop();
  return {
    results: [
      judged({ what: 'projection lag at full load, p99', value: quantile(samples, 0.99), unit: 'ms', atMost: 100 }),
      judged({ what: 'projection lag half a second later', value: after, unit: 'ms', atMost: 0 }),
    ],
    rounds: { samples },
  };
}

/** What the disk grows by with each rotation of a desktop browser, once the write-ahead log is folded in. */
export async function disk({ load }) {
  const folder = newFolder('disk');
  const [{ tokens }] = await seeded(folder, { users: CHAINS, devices: 1 });
  await (await startOurs(folder)).stop();
  const before = bytesOf(folder);
  const ours = await startOurs(folder);
  const target = refreshTarget(ours, { 'User-Agent': AGENT });
  const { done } = await load.ask({ kind: 'chains', target, tokens, rotations: ROTATIONS_A_CHAIN });
  await ours.stop();
  const value = (bytesOf(folder) - before) / done;
  return { results: [judged({ what: 'disk, a rotation', value, unit: 'bytes', atMost: 850 })], rounds: {} };
}

function bytesOf(folder) {
  return statSync(path.join(folder, 'tokenledger.db')).size;
}

async function lagOf({ operations }) {
  const text = await (await fetch(`${operations}/metrics`)).text();
  const [, seconds] = /^tokenledger_projection_lag_seconds (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error('the metrics say no projection lag');
  return Number(seconds) * 1000;
}
