import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { plainWords } from '../../src/http/routing/plain-words.js';
import { AUTHORIZATION, startFake, type FakeApp } from '../support/fake-http.js';

let app: FakeApp;
beforeEach(async () => {
  app = await startFake();
});
afterEach(() => app.close());

const LOGIN = { email: 'ada@example.com', password: 'violet harbor lantern' };

describe('what a field error says', () => {
  it.each([
    [{ password: LOGIN.password }, 'email', 'is missing'],
    [{ ...LOGIN, email: null }, 'email', 'must be a text'],
    [{ ...LOGIN, email: '' }, 'email', 'must not be empty'],
    [{ ...LOGIN, password: 7 }, 'password', 'must be a text'],
    [{ ...LOGIN, device_id: 'x' }, 'device_id', 'must be a UUID'],
    [{ ...LOGIN, mode: 'memory' }, 'mode', 'must be storage or cookie'],
    [{ ...LOGIN, remember: 'yes' }, 'remember', 'must be true or false'],
  ])('is plain: %j', async (body, path, message) => {
    const answer = await app.api.post('login', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toContainEqual({ path, message });
    expect(answer.text).not.toMatch(/Invalid|expected|received|Too /);
  });

  it('is plain for a query as well', async () => {
    const answer = await app.api.request('/api/v1/auth/devices?limit=x', { headers: AUTHORIZATION });
    expect(answer.body.errors).toEqual([{ path: 'limit', message: 'must be a whole number' }]);
    const twice = await app.api.request('/api/v1/auth/devices?x=1&limit=1&limit=1', { headers: AUTHORIZATION });
    expect([twice.status, twice.body.errors]).toEqual([422, [{ path: 'limit', message: 'must be sent only once' }]]);
  });

  it.each(['/healthz', '/.well-known/jwks.json', '/openapi.json', '/docs'])(
    'O14: %s ignores parameters that it does not know, also one that is repeated',
    async (path) => {
      const answer = await app.api.request(`${path}?x=1&x=2&__proto__=3&__proto__=4`, { headers: AUTHORIZATION });
      expect(answer.status).toBe(200);
    },
  );

  it('keeps the words of a check that has its own', () => {
    const shape = z.object({ name: z.string().max(3, 'must have at most 3 characters'), code: z.string().max(2) });
    const { error } = shape.safeParse({ name: 'long', code: 'long' }, { error: plainWords });
    expect(error?.issues.map(({ message }) => message)).toEqual([
      'must have at most 3 characters',
      'must have at most 2 characters',
    ]);
  });
});
