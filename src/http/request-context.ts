import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context, Next } from 'koa';
import type { Logger } from 'pino';
import type { Origin } from '../commands/commands.js';
import type { Metrics } from './metrics.js';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What the middlewares keep beside a request. */
export interface RequestState {
  requestId: string;
  /** What went wrong, if the fault is not the client's. */
  failure?: unknown;
}

/** Gives each request an id (the client's, if it sent a usable one), and notes in log and metrics how it went. */
export function observe(log: Logger, metrics: Metrics): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    const startedAt = performance.now();
    const asked = ctx.get('X-Request-Id');
    const state = ctx.state as RequestState;
    state.requestId = REQUEST_ID.test(asked) ? asked : randomUUID();
    ctx.set('X-Request-Id', state.requestId);
    await next();
    const milliseconds = performance.now() - startedAt;
    // The route's pattern: the path itself may hold anything.
    const route = (ctx._matchedRoute as string | RegExp | undefined)?.toString() ?? 'none';
    const method = KNOWN_METHODS.has(ctx.method) ? ctx.method : 'other';
    metrics.request(method, route, ctx.status, milliseconds / 1000);
    const level = levelOf(ctx.status);
    if (log.isLevelEnabled(level)) {
      const line = { method, route, status: ctx.status, milliseconds: Math.round(milliseconds * 10) / 10 };
      log[level]({ ...line, request_id: state.requestId, err: state.failure }, 'request');
    }
  };
}

/** 503 is a store's fault, and passes; any other 5xx is ours. */
function levelOf(status: number): 'debug' | 'info' | 'warn' | 'error' {
  if (status === 503) return 'warn';
  if (status >= 500) return 'error';
  return status >= 400 ? 'info' : 'debug';
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const MOST_AGENT_CHARACTERS = 512;

export function requestIdOf(ctx: Context): string {
  return (ctx.state as RequestState).requestId;
}

/** Where a request comes from, for the events it causes. */
export function originOf(ctx: Context): Origin {
  const agent = ctx.get('User-Agent').slice(0, MOST_AGENT_CHARACTERS);
  return { correlationId: requestIdOf(ctx), ip: addressOf(ctx), userAgent: agent || null };
}

/** The client's address. What a proxy reports may be no address at all; IPv4 in IPv6 is told as people know it. */
function addressOf({ ip }: Context): string | null {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) === 0 ? null : plain;
}
