import type { Context, Next } from 'koa';
import type { Logger } from 'pino';
import type { RequestSource } from '../commands/commands.js';
import { clientAddress } from '../security/network-address.js';
import { fewRandomBytes } from '../security/random-bytes.js';
import type { HttpMetrics } from './metrics/metrics.js';
import { isDefect } from './metrics/outcomes.js';
import type { ErrorFormat } from './problem.js';
import type { ProblemCode } from './problem-codes.js';

const CLIENT_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
// Below it every failure is answered as OAuth has it, also where there is no route.
const OAUTH_PATH = /^\/oauth2(?:[/?]|$)/;
const MAX_AGENT_CHARACTERS = 512;
// 96 bits: no two requests of an installation share an id, and every event carries one.
const REQUEST_ID_BYTES = 12;

/** What the middlewares keep beside a request. */
export interface RequestState {
  /** The server's own: it is in the answer, in the log and in the events. */
  requestId: string;
  /** The path of the route that answers, as its pattern; null if there is none. */
  route: string | null;
  errorFormat: ErrorFormat;
  /** Why the request failed. */
  code?: ProblemCode;
  /** What went wrong, if the fault is not the client's. */
  failure?: unknown;
  /** The client's address in canonical form. */
  ip: string | null;
}

export function stateOf(ctx: Context): RequestState {
  return ctx.state;
}

export interface ObserveOptions {
  readonly log: Logger;
  readonly metrics: Pick<HttpMetrics, 'request'>;
  readonly trustProxy: number;
  /** Whether the server is about to stop: each answer is then the last one of its connection. */
  readonly draining: () => boolean;
}

/** Gives each request an id, and notes in log and metrics how it went. */
export function observe({
  log,
  metrics,
  trustProxy,
  draining,
}: ObserveOptions): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    const startedAt = performance.now();
    // The middlewares that follow write into this object, so it must stay Koa's own.
    const state = stateOf(ctx);
    state.requestId = fewRandomBytes(REQUEST_ID_BYTES).toString('base64url');
    state.route = null;
    state.errorFormat = OAUTH_PATH.test(ctx.req.url ?? '') ? 'oauth' : 'problem';
    state.ip = addressOf(ctx, trustProxy);
    ctx.res.setHeader('X-Request-Id', state.requestId);
    await next();
    if (draining()) ctx.set('Connection', 'close');
    const milliseconds = performance.now() - startedAt;
    // The route's pattern: the path itself may hold anything.
    const route = stateOf(ctx).route ?? 'none';
    const method = KNOWN_METHODS.has(ctx.method) ? ctx.method : 'other';
    metrics.request(method, route, ctx.status, milliseconds / 1000);
    const level = levelOf(ctx.status);
    if (!log.isLevelEnabled(level)) return;
    const line = { method, route, status: ctx.status, milliseconds: Math.round(milliseconds * 10) / 10, code: state.code };
    log[level](
      { ...line, request_id: state.requestId, client_request_id: clientRequestId(ctx), err: state.failure },
      'request',
    );
  };
}

/** Where a request comes from, for the events it causes. `signal` aborts when the client hangs up. */
export function sourceOf(ctx: Context, signal?: AbortSignal): RequestSource {
  const { requestId: correlationId, ip } = stateOf(ctx);
  const userAgent = ctx.get('User-Agent').slice(0, MAX_AGENT_CHARACTERS) || null;
  return {
    correlationId,
    ip,
    userAgent,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** A signal that aborts when the client hangs up before it was answered. */
export function hangUpSignal(ctx: Context): AbortSignal {
  const controller = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) controller.abort();
  });
  return controller.signal;
}

function levelOf(status: number): 'debug' | 'info' | 'warn' | 'error' {
  if (isDefect(status)) return 'error';
  if (status >= 500) return 'warn';
  return status >= 400 ? 'info' : 'debug';
}

/** The id that the client gave its request: for the process's log alone, since a client may write anything there. */
function clientRequestId(ctx: Context): string | undefined {
  const id = ctx.get('X-Request-Id');
  return CLIENT_REQUEST_ID.test(id) ? id : undefined;
}

function addressOf(ctx: Context, trustedProxies: number): string | null {
  const { socket, headers } = ctx.req;
  return clientAddress({ peer: socket.remoteAddress, forwardedFor: headers['x-forwarded-for'], trustedProxies });
}
