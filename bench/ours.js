/** Starts tokenledger on its embedded default, signs in as many sessions as there are chains, and tells their tokens. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { announce } from './announce.js';

const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
const CREDENTIALS = { email: 'bench@example.com', password: 'a password for the bench' };

const folder = mkdtempSync(path.join(tmpdir(), 'ours-'));
const server = spawn(process.execPath, [MAIN], {
  env: { PATH: process.env.PATH, DATA_DIR: folder, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('SIGTERM', () => {
  server.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  });
  server.kill('SIGTERM');
});

for await (const line of createInterface({ input: server.stdout })) {
  const { url } = JSON.parse(line);
  if (url === undefined) continue;
  await post(`${url}/api/v1/auth/register`, CREDENTIALS);
  const tokens = [];
  for (let chain = 0; chain < Number(process.argv[2]); chain += 1) {
    const { refresh_token: token } = await post(`${url}/api/v1/auth/login`, CREDENTIALS);
    tokens.push(token);
  }
  announce({ url: `${url}/api/v1/auth/refresh`, type: 'application/json', tokens });
}

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
