import { HttpConnection } from '../lib/http-connection.js';
import { summary } from '../lib/statistics.js';

/**
 * Sends the same requests again and again, each over a connection of its own, for a time (`milliseconds`) or a number of `times`.
 * Resolves to `{done, failures, seconds, latency}`; whatever is not 2xx is a failure.
 */
export async function callRepeatedly({ origin, requests, milliseconds = Infinity, times = Infinity }) {
  const end = performance.now() + milliseconds;
  const latencies = [];
  let failures = 0;

  async function caller(request) {
    const connection = new HttpConnection(origin);
    for (let count = 0; count < times && performance.now() < end; count += 1) {
      const sentAt = performance.now();
      const { status } = await connection.request(request);
      if (status >= 200 && status < 300) latencies.push(performance.now() - sentAt);
      else failures += 1;
    }
    connection.close();
  }

  const begin = performance.now();
  await Promise.all(requests.map(caller));
  return { done: latencies.length, failures, seconds: (performance.now() - begin) / 1000, latency: summary(latencies) };
}
