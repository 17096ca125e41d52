/** Which 401 of a resource has auth.js refresh the access token: one that is about a token that may be old. */
import { expect } from '@jest/globals';
import { AUTH, type AuthModule } from '../support/auth-module.js';
import { freshCredentials } from '../support/running-app.js';
import { pageSuite } from '../support/page-suite.js';

const PROBLEM = 'application/problem+json';
/** Longer than a token counts as fresh. */
const A_WHILE_MS = 11_000;

interface Refusal {
  readonly challenge?: string;
  readonly type?: string;
  readonly body?: string;
}

pageSuite('a resource that answers 401', (suite, it) => {
  /** What so many requests came to, one after the other, with that much time between them. */
  const ask = async (refusal: Refusal, times: number, betweenMs = 0): Promise<number[]> => {
    suite.middleware = (ctx, next) => {
      if (ctx.path !== '/resource') return next();
      ctx.status = 401;
      if (refusal.challenge !== undefined) ctx.set('WWW-Authenticate', refusal.challenge);
      ctx.type = refusal.type ?? 'text';
      ctx.body = refusal.body ?? 'no';
      return Promise.resolve();
    };
    await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      Object.assign(globalThis, { auth: createAuth() });
    }, AUTH);
    const one = "auth.apiRequest('/resource').then(({ status }) => status)";
    // In one go, since a token counts as fresh for seconds only.
    if (betweenMs === 0)
      return suite.page.evaluate<number[]>(
        `(async () => { const all = []; while (all.length < ${times}) all.push(await ${one}); return all; })()`,
      );
    const statuses: number[] = [];
    for (let time = 0; time < times; time += 1) {
      await suite.advance(betweenMs);
      statuses.push(await suite.page.evaluate<number>(one));
    }
    return statuses;
  };

  it.each<[string, Refusal]>([
    ['without a challenge', {}],
    ['with the challenge for an invalid token', { challenge: 'Bearer error="invalid_token"' }],
    ['with JSON of its own', { type: 'json', body: '{"code":"unauthorized"}' }],
  ])('to a token that is seconds old, %s, costs no rotation', async (_, refusal) => {
    await suite.signIn();
    expect(await ask(refusal, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(await suite.rotations()).toBe(0);
  });

  it('with this server’s own word costs one rotation, not one a call', async () => {
    await suite.signIn();
    expect(await ask({ type: PROBLEM, body: '{"code":"token_invalid"}' }, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(await suite.rotations()).toBe(1);
  });

  it('always, however slowly it is asked, costs fewer and fewer rotations', async () => {
    await suite.signIn();
    expect(await ask({}, 12, A_WHILE_MS)).toHaveLength(12);
    const rotations = await suite.rotations();
    expect(rotations).toBeGreaterThanOrEqual(1);
    expect(rotations).toBeLessThanOrEqual(3);
  });

  // Not Basic: there the browser itself asks for a password.
  it.each<[string, Refusal, number]>([
    ['no challenge', {}, 1],
    ['Bearer error="invalid_token"', { challenge: 'Bearer realm="x", error="invalid_token"' }, 1],
    ['two schemes', { challenge: 'Token realm="x", Bearer error=invalid_token' }, 1],
    ['insufficient_scope', { challenge: 'Bearer error="insufficient_scope", scope="admin"' }, 0],
    ['another scheme', { challenge: 'Token realm="printer"' }, 0],
    ['DPoP', { challenge: 'DPoP error="invalid_token", algs="ES256"', type: PROBLEM, body: '{"code":"token_invalid"}' }, 0],
    ['a wrong password', { type: PROBLEM, body: '{"code":"invalid_credentials"}' }, 0],
  ])('to a token of some age, with %s: rotations', async (_, refusal, rotations) => {
    await suite.signIn();
    await suite.advance(A_WHILE_MS);
    expect(await ask(refusal, 3)).toEqual([401, 401, 401]);
    expect(await suite.rotations()).toBe(rotations);
  });

  it('because the session was ended elsewhere ends it here at once, however fresh the token', async () => {
    const credentials = await suite.signIn();
    const other = await suite.app.api.signIn(credentials);
    expect((await suite.app.api.logoutAll(other.access_token)).status).toBe(204);
    const outcome = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      return createAuth()
        .devices()
        .then(String, (error: unknown) => (error as { code: string }).code);
    }, AUTH);
    expect(outcome).toBe('token_revoked');
    await suite.waitForSignedOut();
  });

  it('with a stream that does not end is handed on as it comes', async () => {
    await suite.signIn();
    suite.middleware = (ctx, next) => {
      if (ctx.path !== '/events') return next();
      ctx.respond = false;
      ctx.res.writeHead(404, { 'content-type': 'text/event-stream' });
      ctx.res.write('data: 1\n\n');
      return Promise.resolve();
    };
    const first = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const { body } = await createAuth().apiRequest('/events');
      const chunk = (await body!.getReader().read()) as { value: Uint8Array };
      return new TextDecoder().decode(chunk.value);
    }, AUTH);
    expect(first).toBe('data: 1\n\n');
    await suite.page.close();
  });

  it('to nobody who is signed in is only an answer', async () => {
    await suite.app.api.register(freshCredentials());
    expect(await ask({}, 1)).toEqual([401]);
  });
});
