import { Server as NetServer } from 'node:net';
import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { RequestGate } from './request-gate.js';

/** In milliseconds, from when the listener closes. */
export interface DrainTimes {
  /** How long a connection may stay without a request. */
  readonly idleMs: number;
  /** How long requests on their way may take. */
  readonly requestsMs: number;
}

const IDLE_CHECK_MS = 50;
/** The listener closes when nobody has come for so long, as a client may pause before its next request. */
const QUIET_MS = 20;
/** Longest that requests wait for that. */
const MAX_ACCEPTING_MS = 500;

/**
 * Closes the listener and waits for the connections. A client that keeps a connection may be sending the next request just now, and
 * would see it reset if the connection were closed as idle. So an idle connection stays until it was answered `Connection: close`
 * (the application sets that while it drains), and is closed only at the end of its time.
 */
export async function drain(server: Server, gate: RequestGate, { idleMs, requestsMs }: DrainTimes): Promise<void> {
  gate.shut();
  await acceptWaiting(server);
  // The close of http.Server closes idle connections at once; that of net.Server closes the listener alone.
  const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  let closingIdle: NodeJS.Timeout | undefined;
  gate.open();
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

/**
 * Accepts the connections that the system holds for this process: with the listener they would be reset, their requests unanswered.
 * It may take one a turn of the event loop. Requests wait meanwhile, so the turns are short, and a client that waits opens no more.
 */
async function acceptWaiting(server: Server): Promise<void> {
  const end = performance.now() + MAX_ACCEPTING_MS;
  let accepted = 0;
  const count = (): void => void (accepted += 1);
  server.on('connection', count);
  let before: number;
  do {
    before = accepted;
    await sleep(QUIET_MS);
    // Not at the end of a turn that found none long ago.
    await nextTurn();
  } while (accepted > before && performance.now() < end);
  server.off('connection', count);
}
