import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { median } from './statistics.js';

const PACKAGES = ['koa', 'jose', 'libsql', '@node-rs/argon2', 'oidc-provider', 'mongodb', '@eventstore/db-client'];
const FLUSHES = 50;

/** Under which conditions the figures were taken: what somebody needs who sets others beside them. */
export function conditions() {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load_before: loadavg()[0],
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    fdatasync_ms: flushMilliseconds(),
    password_hash: 'argon2id m=19456 t=2 p=1',
    sqlite: 'WAL, synchronous=FULL',
  };
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return null;
  }
}

function versionOf(name) {
  for (const folder of createRequire(import.meta.url).resolve.paths(name)) {
    try {
      return JSON.parse(readFileSync(path.join(folder, name, 'package.json'), 'utf8')).version;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** What one durable commit costs at least, where the databases of the bench lie. */
function flushMilliseconds() {
  const file = path.join(tmpdir(), `bench-flush-${process.pid}`);
  const handle = openSync(file, 'w');
  const times = [];
  for (let count = 0; count < FLUSHES; count += 1) {
    const begin = performance.now();
    writeSync(handle, Buffer.alloc(8_192));
    fdatasyncSync(handle);
    times.push(performance.now() - begin);
  }
  closeSync(handle);
  unlinkSync(file);
  return Number(median(times).toFixed(3));
}
