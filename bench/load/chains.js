import { HttpConnection } from '../lib/http-connection.js';
import { summary } from '../lib/statistics.js';
import { rotate } from './rotation.js';

/**
 * Chains of rotations, each over a connection of its own: every one presents the token of the answer before, for a time
 * (`milliseconds`) or a number of rotations each (`rotations`). Resolves to `{done, failures, seconds, latency, tokens}`.
 */
export async function rotateChains({ target, tokens, milliseconds = Infinity, rotations = Infinity }) {
  const end = performance.now() + milliseconds;
  const latencies = [];
  let failures = 0;

  async function chain(index) {
    const connection = new HttpConnection(target.origin);
    for (let count = 0; count < rotations && performance.now() < end; count += 1) {
      const sentAt = performance.now();
      const next = await rotate(connection, target, tokens[index]);
      if (next === undefined) {
        failures += 1;
        break;
      }
      latencies.push(performance.now() - sentAt);
      tokens[index] = next;
    }
    connection.close();
  }

  const begin = performance.now();
  await Promise.all(tokens.map((_, index) => chain(index)));
  const seconds = (performance.now() - begin) / 1000;
  return { done: latencies.length, failures, seconds, latency: summary(latencies), tokens };
}
