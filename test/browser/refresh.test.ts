/** auth.js in a real Chromium, against a real server: one refresh for all, whatever happens to its answer. */
import { expect } from '@jest/globals';
import type { Context, Next } from 'koa';
import { AUTH, askMe, isSignedIn, type AuthModule } from '../support/auth-module.js';
import { freeze, INSECURE_HOST } from '../support/browser.js';
import { ACCESS_LIFETIME_MS, pageSuite, type Middleware } from '../support/page-suite.js';

const isRefresh = (ctx: Context): boolean => ctx.path === '/api/v1/auth/refresh';

/** Has the server commit so many refreshes and then cut their connections, with no answer or half of one. */
function cuttingOff(times: number, how: 'no answer' | 'half an answer'): Middleware & { cut: number } {
  const middleware = async (ctx: Context, next: Next): Promise<void> => {
    await next();
    if (!isRefresh(ctx) || middleware.cut >= times) return;
    middleware.cut += 1;
    ctx.respond = false;
    if (how === 'no answer') {
      ctx.req.socket.destroy();
      return;
    }
    const body = JSON.stringify(ctx.body);
    ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    ctx.res.write(body.slice(0, body.length / 2), () => ctx.req.socket.destroy());
  };
  middleware.cut = 0;
  return middleware;
}

/** Has the server commit the first refresh, say so, and answer it only when it is let go. */
function holdingBack(): { middleware: Middleware; committed: Promise<void>; letGo: () => void } {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let commit = (): void => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  let first = true;
  return {
    committed,
    letGo: () => letGo(),
    middleware: async (ctx, next) => {
      const isHeld = isRefresh(ctx) && first;
      if (isHeld) first = false;
      await next();
      if (!isHeld) return;
      commit();
      await held;
    },
  };
}

pageSuite('a refresh by auth.js', (suite, it) => {
  it('with an old access token, three requests at once succeed with exactly one rotation in the log', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const before = await suite.rotations();
    expect(await askMe(suite.page, { times: 3 })).toEqual([200, 200, 200]);
    expect((await suite.rotations()) - before).toBe(1);
  });

  it.each([
    ['soon over, beside the request', 29 * 60_000 + 30_000],
    ['all but over, before the request', 30 * 60_000 - 1_000],
  ])('comes ahead of the expiry, so that no request is refused: %s', async (_, ageMs) => {
    await suite.signIn();
    const refused: string[] = [];
    suite.page.on('response', (response) => {
      if (response.status() === 401) refused.push(response.url());
    });
    await suite.advance(ageMs);
    const refreshed = suite.page.waitForResponse('**/api/v1/auth/refresh');
    expect(await askMe(suite.page)).toEqual([200]);
    expect((await refreshed).status()).toBe(200);
    expect(refused).toEqual([]);
    expect(await suite.rotations()).toBe(1);
  });

  it('is left alone while the access token is good', async () => {
    await suite.signIn();
    await suite.advance(28 * 60_000);
    expect(await askMe(suite.page, { times: 3 })).toEqual([200, 200, 200]);
    expect(await suite.rotations()).toBe(0);
  });

  it.each([-5, 5])('does not depend on the clock of the machine: %d hours wrong', async (hours) => {
    await suite.page.clock.setSystemTime(Date.now() + hours * 3_600_000);
    await suite.signIn();
    expect(await askMe(suite.page)).toEqual([200]);
    suite.skewMs = ACCESS_LIFETIME_MS;
    expect(await askMe(suite.page, { times: 3 })).toEqual([200, 200, 200]);
    expect(await suite.rotations()).toBe(1);
  });

  it('comes by itself when the clock of the machine was set back, which hides how old the token is', async () => {
    await suite.signIn();
    await suite.page.clock.setSystemTime(Date.now() - 5 * 3_600_000);
    const refreshed = suite.page.waitForResponse('**/api/v1/auth/refresh');
    await suite.page.evaluate("dispatchEvent(new Event('focus'))");
    expect((await refreshed).status()).toBe(200);
    expect(await askMe(suite.page)).toEqual([200]);
    expect(await suite.rotations()).toBe(1);
  });

  it('with a request that this server finds wrong is not repeated, and ends nothing', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    let refused = 0;
    suite.middleware = (ctx, next) => {
      if (!isRefresh(ctx)) return next();
      refused += 1;
      ctx.status = 403;
      ctx.type = 'application/problem+json';
      ctx.body = '{"code":"origin_refused"}';
      return Promise.resolve();
    };
    expect(await askMe(suite.page)).toEqual(['origin_refused']);
    expect(refused).toBe(1);
    expect(await isSignedIn(suite.page)).toBe(true);
  });

  it('two tabs at once, ten times: each time one rotation, and nobody is signed out', async () => {
    await suite.signIn();
    const other = await suite.open();
    await other.waitForSelector('.device');
    for (let time = 1; time <= 10; time += 1) {
      suite.skewMs += ACCESS_LIFETIME_MS;
      const outcomes = await Promise.all([suite.page, other].map((tab) => askMe(tab)));
      expect(outcomes).toEqual([[200], [200]]);
      expect(await suite.rotations()).toBe(time);
    }
    expect(await suite.count('TokenReuseDetected')).toBe(0);
  });

  it.each(['no answer', 'half an answer'] as const)(
    'cut off by the server after the commit, with %s, costs nothing',
    async (how) => {
      await suite.signIn();
      suite.skewMs = ACCESS_LIFETIME_MS;
      // More than once: the browser itself repeats a request when a connection that it had kept brings nothing.
      const cutting = cuttingOff(3, how);
      suite.middleware = cutting;
      expect(await askMe(suite.page)).toEqual([200]);
      expect(cutting.cut).toBe(3);
      expect(await suite.rotations()).toBe(1);
      expect(await suite.count('TokenRedelivered')).toBe(1);
      expect(await suite.count('TokenReuseDetected')).toBe(0);
    },
  );

  it('of a tab that is frozen while it holds the lock does not keep the others from going on', async () => {
    await suite.signIn();
    const frozen = await suite.open();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const holding = holdingBack();
    suite.middleware = holding.middleware;
    const late = askMe(frozen);
    await holding.committed;
    const thaw = await freeze(frozen);
    const held = await suite.page.evaluate<string[]>(
      'navigator.locks.query().then(({ held }) => held.map(({ name }) => name))',
    );
    expect(held).toEqual(['tokenledger']);
    expect(await askMe(suite.page, { lockWaitMs: 200 })).toEqual([200]);
    holding.letGo();
    await thaw();
    expect(await late).toEqual([200]);
    expect(await suite.rotations()).toBe(1);
    expect(await suite.count('TokenRedelivered')).toBe(1);
  });

  it('needs no Web Locks: where there are none, tabs take turns by a lease, and one that is left behind runs out', async () => {
    const insecure = suite.app.url.replace('127.0.0.1', INSECURE_HOST);
    await suite.page.goto(insecure);
    expect(await suite.page.evaluate('[isSecureContext, typeof navigator.locks]')).toEqual([false, 'undefined']);
    await suite.signIn();
    const other = await suite.open(insecure);
    await other.waitForSelector('.device');
    for (let time = 1; time <= 3; time += 1) {
      suite.skewMs += ACCESS_LIFETIME_MS;
      expect(await Promise.all([suite.page, other].map((tab) => askMe(tab)))).toEqual([[200], [200]]);
      expect(await suite.rotations()).toBe(time);
    }
    suite.skewMs += ACCESS_LIFETIME_MS;
    await suite.page.evaluate("localStorage.setItem('tokenledger.lease', String(Date.now() + 1e9))");
    expect(await askMe(suite.page, { lockWaitMs: 200 })).toEqual([200]);
  });

  it('that a server in trouble cannot do signs nobody out, nor does what is no answer of this server', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const troubles: [status: number, type: string, body: string, outcome: string][] = [
      [503, 'text', '', 'unavailable'],
      [500, 'text', 'oops', 'unavailable'],
      [429, 'application/problem+json', '{"code":"too_many_requests"}', 'too_many_requests'],
      [200, 'html', '<html>Welcome to this hotel</html>', 'unavailable'],
      [200, 'json', '{}', 'unavailable'],
      [200, 'json', '{"session_id":"x"}', 'unavailable'],
      [403, 'text', '', 'unavailable'],
      [401, 'html', '<html>Sign in to this proxy</html>', 'unavailable'],
      [401, 'json', '{"code":"token_revoked"}', 'unavailable'],
      [401, 'application/problem+json', '{"code":"unauthorized"}', 'unauthorized'],
      [401, 'application/problem+json', '{"code":"tok', 'unavailable'],
      [422, 'json', '{"code":"validation_failed"}', 'unavailable'],
    ];
    for (const [status, type, body, outcome] of troubles) {
      suite.middleware = (ctx, next) => {
        if (!isRefresh(ctx)) return next();
        ctx.status = status;
        ctx.type = type;
        ctx.body = body;
        return Promise.resolve();
      };
      expect([status, body, await askMe(suite.page, { retryForMs: 300 })]).toEqual([status, body, [outcome]]);
      expect(await isSignedIn(suite.page)).toBe(true);
    }
    suite.middleware = (_ctx, next) => next();
    expect(await askMe(suite.page)).toEqual([200]);
  });

  it.each([
    [401, 'text/html', '<html>Sign in to this proxy</html>'],
    [401, 'application/json', '{"code":"token_invalid"}'],
    [401, 'application/problem+json', '{"code":"session_unknown_to_gateway"}'],
  ])('that somebody else answers %d for a moment, as %s, is made good', async (status, type, body) => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    let refused = 0;
    suite.middleware = (ctx, next) => {
      if (!isRefresh(ctx) || refused >= 2) return next();
      refused += 1;
      ctx.status = status;
      ctx.type = type;
      ctx.body = body;
      return Promise.resolve();
    };
    expect(await askMe(suite.page)).toEqual([200]);
    expect(refused).toBe(2);
  });

  it('that has to wait is not repeated before its time, and the error says when that is', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    let refused = 0;
    suite.middleware = (ctx, next) => {
      if (!isRefresh(ctx)) return next();
      refused += 1;
      ctx.status = 429;
      ctx.set('Retry-After', '70');
      ctx.type = 'application/problem+json';
      ctx.body = '{"code":"too_many_requests"}';
      return Promise.resolve();
    };
    const error = await suite.page.evaluate(async (module) => {
      const { createAuth, AuthError } = (await import(module)) as AuthModule;
      const thrown = await createAuth()
        .apiRequest('/api/v1/auth/me')
        .catch((error: unknown) => error);
      return thrown instanceof AuthError ? [thrown.code, thrown.status, thrown.retryAfterSeconds] : String(thrown);
    }, AUTH);
    expect(error).toEqual(['too_many_requests', 429, 70]);
    expect(refused).toBe(1);
    expect(await isSignedIn(suite.page)).toBe(true);
  });

  it('that the server is in trouble with for a moment only is made good', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    let refused = 0;
    suite.middleware = (ctx, next) => {
      if (!isRefresh(ctx) || refused >= 2) return next();
      refused += 1;
      ctx.status = 503;
      return Promise.resolve();
    };
    expect(await askMe(suite.page)).toEqual([200]);
    expect(refused).toBe(2);
    expect(await suite.rotations()).toBe(1);
  });

  it('that fails for being offline signs nobody out, and is made good when the network is back', async () => {
    await suite.signIn();
    await suite.advance(ACCESS_LIFETIME_MS);
    await suite.context.setOffline(true);
    expect(await askMe(suite.page, { retryForMs: 300 })).toEqual(['TypeError']);
    expect(await isSignedIn(suite.page)).toBe(true);
    const failed = suite.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/refresh'));
    const asked = askMe(suite.page);
    await failed;
    await suite.context.setOffline(false);
    expect(await asked).toEqual([200]);
  });

  it('that hangs is given up in time', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const holding = holdingBack();
    suite.middleware = holding.middleware;
    expect(await askMe(suite.page, { requestTimeoutMs: 500 })).toEqual([200]);
    holding.letGo();
    expect(await suite.rotations()).toBe(1);
  });

  it('that is answered 401 always ends the session, in all tabs', async () => {
    await suite.signIn();
    const other = await suite.open();
    await other.waitForSelector('.device');
    const { refresh } = (await suite.stored<{ refresh: string }>('session'))!;
    await suite.app.api.logout(refresh);
    await suite.advance(ACCESS_LIFETIME_MS);
    expect(await askMe(suite.page, { times: 3 })).toEqual(['token_revoked', 'token_revoked', 'token_revoked']);
    expect(await isSignedIn(suite.page)).toBe(false);
    expect(await suite.stored('session')).toBeNull();
    await suite.waitForSignedOut(other);
  });
});
