/** What apiRequest of auth.js sends, to whom, and in whose name. */
import { expect } from '@jest/globals';
import type { Context, Next } from 'koa';
import { AUTH, askMe, isSignedIn, type AuthModule } from '../support/auth-module.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { ACCESS_LIFETIME_MS, pageSuite } from '../support/page-suite.js';

/** What is sent, and the content type and the body that are to arrive. */
const BODIES = [
  ['text', /^text\/plain;charset=UTF-8$/, /^words$/],
  ['json', /^application\/json$/, /^{"a":1}$/],
  ['form', /^application\/x-www-form-urlencoded;charset=UTF-8$/, /^a=1&b=%C3%BC$/],
  ['bytes', /^$/, /^..\xff$/],
  ['blob', /^image\/png$/, /^pixels$/],
  ['stream', /^$/, /^flowing$/],
  ['request', /^application\/json$/, /^{"b":2}$/],
  ['request with a stream', /^text\/csv$/, /^flowing,too$/],
  ['request with another body', /^text\/plain;charset=UTF-8$/, /^other$/],
  ['request without a body', /^$/, /^$/],
  ['files', /^multipart\/form-data; boundary=/, /filename="a.txt"[^]*\r\n\r\ncontents of a file\r\n/],
] as const;

interface Received {
  readonly type: string;
  readonly body: string;
  readonly authorization: string;
}

/** Answers `/echo` itself: 401 the first time, then success. */
function refusingOnce(received: Received[]): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    if (ctx.path !== '/echo') return next() as Promise<void>;
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('latin1');
    received.push({ type: ctx.get('Content-Type'), body, authorization: ctx.get('Authorization') });
    ctx.status = received.length === 1 ? 401 : 200;
    ctx.type = 'application/problem+json';
    ctx.body = JSON.stringify({ code: 'token_expired' });
  };
}

/** Serves the page with another policy: its own would keep it from other origins. */
const withOpenPolicy = async (ctx: Context, next: Next): Promise<void> => {
  await next();
  if (ctx.path === '/') ctx.set('Content-Security-Policy', 'default-src *');
};

/** Another origin that takes requests from anywhere. */
async function withStranger(work: (stranger: RunningApp, bearers: string[]) => Promise<void>): Promise<void> {
  const bearers: string[] = [];
  const stranger = await startApp({
    middleware: (ctx) => {
      bearers.push(ctx.get('Authorization'));
      ctx.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*, authorization' });
      ctx.body = {};
      return Promise.resolve();
    },
  });
  try {
    await work(stranger, bearers);
  } finally {
    await stranger.close();
  }
}

pageSuite('a request by auth.js', (suite, it) => {
  it('is sent once more with its body intact, whatever that is', async () => {
    await suite.signIn();
    for (const [kind, type, body] of BODIES) {
      const received: Received[] = [];
      suite.middleware = refusingOnce(received);
      const status = await suite.page.evaluate(
        async ([module, kind]) => {
          const { createAuth } = (await import(module)) as AuthModule;
          const { apiRequest } = createAuth();
          const files = new FormData();
          files.append('name', 'ü');
          files.append('file', new Blob(['contents of a file'], { type: 'text/plain' }), 'a.txt');
          const flow = (text: string): ReadableStream => new Blob([text]).stream() as ReadableStream;
          const post = (body?: unknown, type?: string): [string, RequestInit] => [
            '/echo',
            { method: 'POST', body, duplex: 'half', ...(type && { headers: { 'Content-Type': type } }) } as RequestInit,
          ];
          const inputs: Record<string, () => [string | Request, RequestInit?]> = {
            text: () => post('words'),
            json: () => post('{"a":1}', 'application/json'),
            form: () => post(new URLSearchParams({ a: '1', b: 'ü' })),
            bytes: () => post(new Uint8Array([1, 2, 255])),
            blob: () => post(new Blob(['pixels'], { type: 'image/png' })),
            stream: () => post(flow('flowing')),
            request: () => [new Request(...post('{"b":2}', 'application/json'))],
            'request with a stream': () => [new Request(...post(flow('flowing,too'), 'text/csv'))],
            'request with another body': () => [new Request(...post('one')), { body: 'other' }],
            'request without a body': () => [new Request(...post())],
            files: () => post(files),
          };
          return (await apiRequest(...inputs[kind]!())).status;
        },
        [AUTH, kind] as const,
      );
      expect([kind, status]).toEqual([kind, 200]);
      expect(received).toHaveLength(2);
      const [first, second] = received as [Received, Received];
      expect(second).toMatchObject({ body: first.body, type: first.type });
      expect(second.authorization).not.toBe(first.authorization);
      expect([kind, first.type]).toEqual([kind, expect.stringMatching(type)]);
      expect([kind, first.body]).toEqual([kind, expect.stringMatching(body)]);
    }
    expect(await suite.rotations()).toBe(BODIES.length);
  });

  it('goes with the Bearer token to the API’s origin alone, however the address is written', async () => {
    await suite.signIn();
    suite.middleware = withOpenPolicy;
    await suite.page.reload();
    await withStranger(async (stranger, bearers) => {
      const { host } = new URL(stranger.url);
      const addresses = [stranger.url, `//${host}/x`, `\\\\${host}/x`, '/healthz', 'healthz', `${suite.app.url}/healthz`];
      const statuses = await suite.page.evaluate(
        async ([module, addresses]) => {
          const { createAuth } = (await import(module)) as AuthModule;
          const { apiRequest } = createAuth();
          const inputs = addresses.flatMap((address) => [address, new Request(address)]);
          return Promise.all(inputs.map(async (input) => (await apiRequest(input)).status));
        },
        [AUTH, addresses] as const,
      );

      expect(statuses).toEqual(statuses.map(() => 200));
      expect(statuses).toHaveLength(12);
      expect(bearers).toEqual(['', '', '', '', '', '']);
    });
  });

  it('with the Bearer token follows no redirect', async () => {
    await suite.signIn();
    suite.middleware = withOpenPolicy;
    await suite.page.reload();
    await withStranger(async (stranger, bearers) => {
      suite.middleware = (ctx, next) => {
        if (ctx.path !== '/moved') return next();
        ctx.redirect(`${stranger.url}/x`);
        return Promise.resolve();
      };
      const outcome = await suite.page.evaluate(async (module) => {
        const { createAuth } = (await import(module)) as AuthModule;
        return createAuth()
          .apiRequest('/moved')
          .then(String, (error: unknown) => (error as Error).name);
      }, AUTH);
      expect(outcome).toBe('TypeError');
      expect(bearers).toEqual([]);
    });
  });

  it('that is aborted while it waits for a refresh is rejected at once, and the refresh goes on', async () => {
    await suite.signIn();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    suite.middleware = async (ctx, next) => {
      await next();
      if (ctx.path.endsWith('/refresh')) await held;
    };
    await suite.advance(ACCESS_LIFETIME_MS);
    const refreshed = suite.page.waitForResponse('**/api/v1/auth/refresh');
    const outcome = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const abort = new AbortController();
      const asked = createAuth().apiRequest('/api/v1/auth/me', { signal: abort.signal });
      abort.abort();
      return asked.then(String, (error: unknown) => (error as Error).name);
    }, AUTH);
    expect(outcome).toBe('AbortError');
    letGo();
    expect((await refreshed).status()).toBe(200);
    expect(await askMe(suite.page)).toEqual([200]);
    expect(await suite.rotations()).toBe(1);
  });

  it('is not repeated in the name of somebody else who signs in meanwhile in another tab', async () => {
    await suite.signIn();
    const somebody = freshCredentials();
    await suite.app.api.register(somebody);
    const received: Received[] = [];
    const refusing = refusingOnce(received);
    const other = await suite.open();
    suite.middleware = async (ctx, next) => {
      // Between the request and its refusal.
      if (ctx.path === '/echo') {
        await other.evaluate(
          async ([module, credentials]) => {
            const { createAuth } = (await import(module)) as AuthModule;
            await createAuth().login(credentials);
          },
          [AUTH, somebody] as const,
        );
      }
      return refusing(ctx, next);
    };
    const outcome = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      return createAuth()
        .apiRequest('/echo', { method: 'POST', body: 'mine' })
        .then(String, (error: unknown) => (error as { code: string }).code);
    }, AUTH);
    expect(outcome).toBe('signed_out');
    expect(received).toHaveLength(1);
    await suite.page.locator('#who').getByText(somebody.email).waitFor();
  });

  it('sends Log-Position back, so that lists are current: of mutations side by side each one', async () => {
    await suite.signIn();
    const asked: string[] = [];
    suite.middleware = async (ctx, next) => {
      if (ctx.path === '/read') asked.push(ctx.get('If-Log-Position'));
      if (!ctx.path.startsWith('/write/')) return next();
      // The first to come is answered last.
      if (ctx.path === '/write/b') await new Promise((resolve) => setTimeout(resolve, 200));
      ctx.status = 204;
      ctx.set('Log-Position', ctx.path.slice('/write/'.length));
      return undefined;
    };
    await suite.page.evaluate("localStorage.removeItem('tokenledger.position')");
    await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const { apiRequest } = createAuth();
      const write = (position: string): Promise<Response> => apiRequest(`/write/${position}`, { method: 'POST' });
      await apiRequest('/read');
      await write('z-opaque_1=');
      await apiRequest('/read');
      await write('a');
      await apiRequest('/read');
      await Promise.all([write('b'), write('c')]);
      await apiRequest('/read');
      await write('d');
      await apiRequest('/read');
    }, AUTH);
    expect(asked).toEqual(['', 'z-opaque_1=', 'a', 'b, c', 'd']);
  });

  it('forgets a Log-Position that the server does not know any more, and asks without it', async () => {
    await suite.signIn();
    await suite.page.evaluate(`localStorage.setItem('tokenledger.position', '["of_another_log"]')`);
    expect(await askMe(suite.page)).toEqual([200]);
    expect(await suite.stored('position')).toBeNull();
  });

  it('asks once more when the read model is not there yet', async () => {
    await suite.signIn();
    let refused = 0;
    suite.middleware = (ctx, next) => {
      if (!ctx.path.endsWith('/me') || refused === 1) return next();
      refused += 1;
      ctx.status = 503;
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify({ code: 'not_yet_visible' });
      return Promise.resolve();
    };
    expect(await askMe(suite.page)).toEqual([200]);
    expect(refused).toBe(1);
  });

  it.each(['session', 'device', 'position', 'lease', 'unrevoked'])(
    'survives whatever is found in localStorage as %s',
    async (name) => {
      const credentials = freshCredentials();
      await suite.app.api.register(credentials);
      const values = ['{', '""', '[]', '{}', '7', 'true', '"x\\ny"', '{"id":"x","name":5,"sid":1,"serial":{}}'];
      for (const value of values) {
        const outcome = await suite.page.evaluate(
          async ([module, planted, credentials]) => {
            const { localStorage } = globalThis as unknown as { localStorage: object };
            const plant = (): unknown => Object.assign(localStorage, planted);
            plant();
            const { createAuth } = (await import(module)) as AuthModule;
            const auth = createAuth({ lockWaitMs: 100, mode: 'storage' });
            const before = auth.getSession();
            await auth.login(credentials);
            plant();
            const { status } = await auth.apiRequest('/healthz');
            return [before, status];
          },
          [AUTH, { [`tokenledger.${name}`]: value }, credentials] as const,
        );
        expect([value, outcome]).toEqual([value, [null, 200]]);
        await suite.page.evaluate('localStorage.clear()');
      }
    },
  );

  it('works where localStorage is blocked, as long as the page is open', async () => {
    await suite.context.addInitScript(`Object.defineProperty(globalThis, 'localStorage', {
      get() { throw new DOMException('blocked', 'SecurityError'); },
    })`);
    await suite.page.reload();
    await suite.signIn();
    expect(await suite.page.textContent('.device .name')).toBe('My laptop');
    const before = await suite.page.getAttribute('.used time', 'datetime');
    suite.skewMs = ACCESS_LIFETIME_MS;
    await suite.page.click('#reload');
    await suite.page.locator(`.used time:not([datetime="${before}"])`).waitFor();
    await suite.page.reload();
    await suite.waitForSignedOut();
  });

  it('leaves nothing behind on the signal of a request whose body it has read', async () => {
    await suite.signIn();
    const left = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const { apiRequest } = createAuth();
      const { signal } = new AbortController();
      const heard: string[] = [];
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...input: Parameters<typeof add>) => {
        heard.push('on');
        add(...input);
      };
      signal.removeEventListener = (...input: Parameters<typeof remove>) => {
        heard.push('off');
        remove(...input);
      };
      const body = new Blob(['{}']).stream();
      await apiRequest('/api/v1/auth/me', { method: 'POST', body, signal });
      return heard;
    }, AUTH);
    expect(left).toEqual(['on', 'off']);
  });

  it('does not suffer from listeners that fail', async () => {
    await suite.signIn();
    suite.skewMs = ACCESS_LIFETIME_MS;
    const [status, reasons] = await suite.page.evaluate(async (module) => {
      const { createAuth } = (await import(module)) as AuthModule;
      const auth = createAuth();
      const reasons: string[] = [];
      auth.onAuthChange(() => {
        throw new Error('a listener that fails');
      });
      auth.onAuthChange((_session, reason) => reasons.push(reason));
      return [(await auth.apiRequest('/api/v1/auth/me')).status, reasons];
    }, AUTH);
    expect([status, reasons]).toEqual([200, ['refresh']]);
    expect(suite.said).toContain('a listener that fails');
    expect(await isSignedIn(suite.page)).toBe(true);
  });
});
