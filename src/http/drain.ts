import { Server as NetServer } from 'node:net';
import type { Server } from 'node:http';

/** In milliseconds, from when the listener closes. */
export interface DrainTimes {
  /** How long a connection may stay without a request. */
  readonly idleMs: number;
  /** How long requests on their way may take. */
  readonly requestsMs: number;
}

const IDLE_CHECK_MS = 50;

/**
 * Closes the listener and waits for the connections. A client that keeps a connection may be sending the next request just now, and
 * would see it reset if the connection were closed as idle. So an idle connection stays until it was answered `Connection: close`
 * (the application sets that while it drains), and is closed only at the end of its time.
 */
export async function drain(server: Server, { idleMs, requestsMs }: DrainTimes): Promise<void> {
  // The close of http.Server closes idle connections at once; that of net.Server closes the listener alone.
  const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  let closingIdle: NodeJS.Timeout | undefined;
  const idleTimer = setTimeout(() => {
    server.closeIdleConnections();
    closingIdle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  }, idleMs);
  const requestsTimer = setTimeout(() => server.closeAllConnections(), Math.max(idleMs, requestsMs));
  await closed;
  clearTimeout(idleTimer);
  clearTimeout(requestsTimer);
  clearInterval(closingIdle);
  // Ends what http.Server keeps beside the listener.
  server.close();
}
