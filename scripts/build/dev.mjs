/** `npm run dev`: builds and serves; builds and starts again whenever a source file changes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import path from 'node:path';
import { clearTimeout } from 'node:timers';
import { compile, FOLDERS, ROOT } from './compile.mjs';

// Editors and version control write many files at once.
const SETTLE_MS = 150;

/** @type {import('node:child_process').ChildProcess | null} */
let server = null;
let ending = false;
let building = Promise.resolve();
/** @type {NodeJS.Timeout | undefined} */
let settling;

function start() {
  const started = spawn(
    process.execPath,
    ['--require', './bin/thread-pool.cjs', '--enable-source-maps', 'dist/src/main.js'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  server = started;
  started.once('exit', (code) => {
    if (server === started) server = null;
    if (ending) process.exitCode = code ?? 0;
    else if (code !== 0 && code !== null) console.error('waiting for a change …');
  });
}

async function stop() {
  const running = server;
  if (running === null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
}

async function rebuild() {
  try {
    await compile();
  } catch {
    console.error('waiting for a change …');
    return;
  }
  if (ending) return;
  await stop();
  if (!ending) start();
}

const watchers = FOLDERS.map((folder) =>
  watch(path.join(ROOT, folder), { recursive: true }, (event, file) => {
    if (file === null || !file.endsWith('.ts')) return;
    clearTimeout(settling);
    settling = setTimeout(() => (building = building.then(rebuild)), SETTLE_MS);
  }),
);

for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    ending = true;
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
    void stop();
  });

building = building.then(rebuild);
