import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Commands } from '../../src/commands/commands.js';
import { TooBusyError } from '../../src/security/passwords.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let failure: Error | null = null;
let lines: Record<string, unknown>[] = [];
beforeAll(async () => {
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  app = await startApp({
    log: pino({ level: 'debug' }, { write }),
    prepare: ({ http: { commands } }) => {
      const signIn = commands.signIn.bind(commands);
      const failing: Partial<Commands> = {
        signIn: (input, origin) => (failure === null ? signIn(input, origin) : Promise.reject(failure)),
      };
      Object.assign(commands, failing);
    },
  });
});
afterAll(() => app.close());
beforeEach(() => {
  failure = null;
  lines = [];
});

const requestLines = (): Record<string, unknown>[] => lines.filter(({ msg }) => msg === 'request');

describe('what nobody foresaw', () => {
  it('is a 500 that tells the client nothing, and the log what it was', async () => {
    failure = new TypeError('the inside of the server');
    const answer = await app.api.login(freshCredentials());
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.text).toContain('urn:tokenledger:problem:internal_error');
    expect(answer.text).not.toMatch(/inside of the server|TypeError|at .*:\d+/);
    expect(requestLines()).toMatchObject([
      {
        level: 50,
        method: 'POST',
        route: '/api/v1/auth/login',
        status: 500,
        request_id: answer.headers.get('x-request-id'),
        err: { type: 'TypeError', message: 'the inside of the server', stack: expect.any(String) },
      },
    ]);
  });

  it('too many passwords at once is a 429 that says when to come back', async () => {
    failure = new TooBusyError('busy');
    const answer = await app.api.login(freshCredentials());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2']);
    expect(answer.text).toContain('"code":"too_many_requests"');
  });
});

describe('the log of requests', () => {
  it('has one line a request, with the route’s pattern, and success only at debug', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    await app.api.remove('not-an-id', pair.access_token);
    await app.api.request('/nothing?secret=1');
    expect(requestLines().map(({ level, method, route, status }) => [level, method, route, status])).toEqual([
      [20, 'POST', '/api/v1/auth/register', 201],
      [20, 'POST', '/api/v1/auth/login', 200],
      [30, 'DELETE', '/api/v1/auth/devices/:sessionId', 404],
      [30, 'GET', 'none', 404],
    ]);
    for (const line of requestLines()) expect(line.milliseconds).toEqual(expect.any(Number));
    expect(JSON.stringify(requestLines())).not.toMatch(/secret|not-an-id|127\.0\.0\.1|@example/);
  });
});
