import { HttpConnection } from '../lib/http-connection.js';
import { summary } from '../lib/statistics.js';
import { rotate } from './rotation.js';

/** Presents each token once, `connections` at a time. Resolves to `{done, failures, seconds, latency, tokens}`. */
export async function rotateOnce({ target, tokens, connections }) {
  const latencies = [];
  const successors = [];
  let failures = 0;
  let next = 0;

  async function worker() {
    const connection = new HttpConnection(target.origin);
    for (let index = next++; index < tokens.length; index = next++) {
      const sentAt = performance.now();
      const successor = await rotate(connection, target, tokens[index]);
      if (successor === undefined) failures += 1;
      else latencies.push(performance.now() - sentAt);
      successors[index] = successor;
    }
    connection.close();
  }

  const begin = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - begin) / 1000;
  return { done: latencies.length, failures, seconds, latency: summary(latencies), tokens: successors };
}
