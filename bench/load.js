/**
 * The load: chains of rotations, each presenting the refresh token of the answer before, over connections kept alive. Takes
 * rounds as lines of JSON on standard input (`{target, tokens, milliseconds}` or `{…, rotations}` a chain), answers each with
 * `{rotations, seconds, failures, tokens}`.
 */
import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import { announce } from './announce.js';

for await (const line of createInterface({ input: process.stdin })) announce(await round(JSON.parse(line)));

async function round({ target, tokens, milliseconds = Infinity, rotations = Infinity }) {
  const { origin, pathname } = new URL(target.url);
  const pool = new Pool(origin, { connections: tokens.length, pipelining: 1 });
  const end = performance.now() + milliseconds;
  let done = 0;
  let failures = 0;

  async function chain(index) {
    for (let count = 0; count < rotations && performance.now() < end; count += 1) {
      const next = await rotate(pool, pathname, target, tokens[index]);
      if (next === undefined) {
        failures += 1;
        return;
      }
      tokens[index] = next;
      done += 1;
    }
  }

  const begin = performance.now();
  await Promise.all(tokens.map((_, index) => chain(index)));
  const seconds = (performance.now() - begin) / 1000;
  await pool.close();
  return { rotations: done, seconds, failures, tokens };
}

async function rotate(pool, path, { type, fields }, token) {
  const parameters = { ...fields, refresh_token: token };
  const body = type === 'application/json' ? JSON.stringify(parameters) : String(new URLSearchParams(parameters));
  const response = await pool.request({ method: 'POST', path, headers: { 'content-type': type }, body });
  const answer = await response.body.json();
  return response.statusCode === 200 ? answer.refresh_token : undefined;
}
