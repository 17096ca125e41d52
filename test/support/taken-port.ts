import { once } from 'node:events';
import { createServer } from 'node:net';

/** Takes the port of a URL at which nobody listens, so that nobody else is given it. Resolves to what lets it go. */
export async function takenPort(url: string): Promise<() => void> {
  const server = createServer();
  server.on('error', () => undefined);
  server.listen(Number(new URL(url).port), '127.0.0.1');
  // Somebody else may have been given it already.
  await Promise.race([once(server, 'listening'), once(server, 'error')]);
  return () => void server.close();
}
