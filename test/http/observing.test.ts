/** What operators see of requests: log lines, security lines and metrics. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Commands } from '../../src/commands/commands.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { OutdatedInstanceError, StoreRefusedError, StreamDestroyedError } from '../../src/event-store/errors.js';
import { positionOf } from '../../src/event-store/position.js';
import { RefusedEventError } from '../../src/event-store/event-log.js';
import { TooBusyError } from '../../src/security/passwords.js';
import { AUTHORIZATION, codeOf, fakePair, SID, startFake, USER, type FakeApp } from '../support/fake-http.js';

const LOGIN = { email: 'ada@example.com', password: 'the secret password' };
const place = { userId: USER, sid: SID, position: positionOf(1) };

let app: FakeApp;
let signIn: Commands['signIn'];
let refresh: Commands['refresh'];
beforeEach(async () => {
  app = await startFake({
    commands: {
      signIn: (input, source) => signIn(input, source),
      refresh: (presented, source) => refresh(presented, source),
      knownDevice: () => Promise.resolve(null),
    },
    settings: { trustProxy: 1 },
  });
});
afterEach(() => app.close());

const withMessage = (message: string): Record<string, unknown>[] => app.lines.filter(({ msg }) => msg === message);

describe('a failure that nobody foresaw', () => {
  it('is a 500 that shows the client nothing, and the log what it was', async () => {
    signIn = () => Promise.reject(new TypeError('the inside of the server'));
    const answer = await app.api.post('login', LOGIN);
    expect(codeOf(answer)).toEqual([500, 'internal_error']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.text).not.toMatch(/inside of the server|TypeError|at .*:\d+/);
    expect(withMessage('request')).toMatchObject([
      {
        level: 50,
        method: 'POST',
        route: '/api/v1/auth/login',
        status: 500,
        code: 'internal_error',
        request_id: answer.headers.get('x-request-id'),
        err: { type: 'TypeError', message: 'the inside of the server', stack: expect.any(String) },
      },
    ]);
  });

  it.each([
    [new TooBusyError('busy'), 429, 'too_many_requests'],
    [new StoreUnavailableError('event store', 'down'), 503, 'unavailable'],
    [new StoreRefusedError('no right to read'), 503, 'unavailable'],
    [
      new RefusedEventError(
        'altered',
        { stream: 'token-x', revision: 1, position: positionOf(1), id: SID, type: 'TokenIssued' },
        'no valid MAC',
      ),
      503,
      'unavailable',
    ],
  ])('but %s is %i %s with Retry-After', async (error, status, code) => {
    signIn = () => Promise.reject(error);
    const answer = await app.api.post('login', LOGIN);
    expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([status, code, '2']);
  });

  it('of an instance that is out of date blames no store, since none is to blame', async () => {
    signIn = () => Promise.reject(new OutdatedInstanceError('the log goes on with another history'));
    const answer = await app.api.post<{ title: string; detail: string }>('login', LOGIN);
    expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    expect(answer.body.detail).toBe('This instance of the server is out of date; try again shortly.');
    expect(answer.body.title).not.toContain('store');
  });

  it('of a destroyed stream, where nothing better is known, is 404 and a security line', async () => {
    refresh = () => Promise.reject(new StreamDestroyedError('tokenledger_token-x.y'));
    expect(codeOf(await app.api.post('refresh', { refresh_token: 'a.token' }))).toEqual([404, 'not_found']);
    expect(withMessage('security')).toMatchObject([
      { level: 40, event: 'stream_destroyed', stream: 'tokenledger_token-x.y' },
    ]);
  });
});

describe('the log of requests', () => {
  it('has one line a request, with the route’s pattern and the code of what failed; success only at debug', async () => {
    refresh = () => Promise.resolve({ outcome: 'rotated', tokens: fakePair(), ...place });
    await app.api.post('refresh', { refresh_token: 'a.secret.token' });
    await app.api.request('/api/v1/auth/devices/not-an-id', { method: 'DELETE', headers: AUTHORIZATION });
    await app.api.request('/nothing?secret=1');
    await app.api.post('login', {});
    const lines = withMessage('request');
    expect(lines.map(({ level, method, route, status, code }) => [level, method, route, status, code])).toEqual([
      [20, 'POST', '/api/v1/auth/refresh', 200, undefined],
      [30, 'DELETE', '/api/v1/auth/devices/{session_id}', 404, 'not_found'],
      [30, 'GET', 'none', 404, 'not_found'],
      [30, 'POST', '/api/v1/auth/login', 422, 'validation_failed'],
    ]);
    for (const { milliseconds } of lines) expect(milliseconds).toEqual(expect.any(Number));
    expect(JSON.stringify(app.lines)).not.toMatch(/secret|not-an-id|127\.0\.0\.1|@example/);
  });
});

describe('security lines', () => {
  it.each([
    ['reused', 'token_reused'],
    ['contested', 'token_contested'],
  ] as const)('warn of a token that was %s, with user and session', async (outcome, event) => {
    refresh = () => Promise.resolve({ outcome, tokens: fakePair(), ...place });
    await app.api.post('refresh', { refresh_token: 'a.secret.token' }, { 'x-forwarded-for': '203.0.113.8' });
    const [line] = withMessage('security');
    expect(line).toMatchObject({
      level: 40,
      event,
      user_id: USER,
      session_id: SID,
      network_hash: expect.stringMatching(/^[\w-]{16}$/),
    });
    expect(JSON.stringify(line)).not.toMatch(/203\.0\.113|secret/);
  });

  it('name the address and network of a failed sign-in by keyed hashes, alike for alike', async () => {
    signIn = () => Promise.resolve({ outcome: 'invalid_credentials' });
    await app.api.post('login', LOGIN, { 'x-forwarded-for': '2001:db8::1' });
    await app.api.post('login', { ...LOGIN, email: 'ADA@example.com ' }, { 'x-forwarded-for': '[2001:db8:0:0::9]:443' });
    await app.api.post('login', { ...LOGIN, email: 'bob@example.com' }, { 'x-forwarded-for': '2001:db8:0:1::1' });
    const [one, same, other] = withMessage('security');
    expect(one).toMatchObject({ level: 30, event: 'sign_in_failed', request_id: expect.any(String) });
    expect([same!.email_hash, same!.network_hash]).toEqual([one!.email_hash, one!.network_hash]);
    expect(other!.email_hash).not.toBe(one!.email_hash);
    expect(other!.network_hash).not.toBe(one!.network_hash);
    expect(JSON.stringify(app.lines)).not.toMatch(/@example|2001:db8|secret/);
  });

  it('say that an account is disabled', async () => {
    signIn = () => Promise.resolve({ outcome: 'account_disabled' });
    await app.api.post('login', LOGIN);
    expect(withMessage('security')).toMatchObject([{ event: 'account_disabled' }]);
  });
});

describe('metrics', () => {
  it('have every outcome from the start', async () => {
    const { text } = await app.metrics.exposition();
    for (const series of [
      'tokenledger_refreshes_total{outcome="rotated"} 0',
      'tokenledger_refreshes_total{outcome="reused"} 0',
      'tokenledger_refreshes_total{outcome="contested"} 0',
      'tokenledger_refreshes_total{outcome="invalid_proof"} 0',
      'tokenledger_sign_ins_total{outcome="invalid_credentials"} 0',
      'tokenledger_registrations_total{outcome="email_taken"} 0',
      'tokenledger_revocations_total{reason="session_limit"} 0',
      'tokenledger_revocations_total{reason="password_reset"} 0',
      'tokenledger_limited_total{policy="rotation"} 0',
      'tokenledger_limited_total{policy="registration_per_network_56"} 0',
      'tokenledger_defects_total{listener="http"} 0',
      'tokenledger_defects_total{listener="operations"} 0',
      'tokenledger_sweep_runs_total{outcome="failed"} 0',
      'tokenledger_sweep_expired_total 0',
      'tokenledger_projector_state{state="running"} 1',
      'tokenledger_projector_state{state="failed"} 0',
      'tokenledger_events_skipped_total{reason="foreign"} 0',
      'tokenledger_events_skipped_total{reason="disowned"} 0',
      'tokenledger_events_skipped_total{reason="void"} 0',
      'tokenledger_lease_held{name="projector"} 1',
      'tokenledger_store_up{store="event_store"} 1',
      'tokenledger_password_queue{queue="sign_in"} 0',
      'tokenledger_append_seconds_count 0',
      `tokenledger_build_info{version="0.0.0",node="${process.version}"} 1`,
      'tokenledger_projection_lag_seconds 0',
    ])
      expect(text).toContain(`${series}\n`);
  });

  it('count what nobody foresaw as a defect, a store that is down not', async () => {
    signIn = () => Promise.reject(new TypeError('broken'));
    await app.api.post('login', LOGIN);
    signIn = () => Promise.reject(new StoreUnavailableError('event store', 'down'));
    await app.api.post('login', LOGIN);
    const { text } = await app.metrics.exposition();
    expect(text).toContain('tokenledger_defects_total{listener="http"} 1\n');
    expect(text).toContain('tokenledger_defects_total{listener="operations"} 0\n');
  });

  it('count what happens', async () => {
    refresh = () => Promise.resolve({ outcome: 'reused', ...place });
    signIn = () => Promise.resolve({ outcome: 'invalid_credentials' });
    await app.api.post('refresh', { refresh_token: 'x' });
    for (let time = 0; time < 21; time += 1) await app.api.post('login', LOGIN);
    app.metrics.limited('a policy without a label');
    app.metrics.limited('sign_in_per_network_24');
    app.metrics.sweep('completed', 3);
    app.metrics.append(0.002);
    const { text } = await app.metrics.exposition();
    for (const series of [
      'tokenledger_refreshes_total{outcome="reused"} 1',
      'tokenledger_revocations_total{reason="reuse"} 1',
      'tokenledger_sign_ins_total{outcome="invalid_credentials"} 20',
      'tokenledger_sign_ins_total{outcome="limited"} 1',
      'tokenledger_limited_total{policy="sign_in_per_account_and_network"} 1',
      'tokenledger_limited_total{policy="other"} 1',
      'tokenledger_limited_total{policy="sign_in_per_network_24"} 1',
      'tokenledger_sweep_expired_total 3',
      'tokenledger_append_seconds_count 1',
      'http_request_duration_seconds_count{method="POST",route="/api/v1/auth/refresh",status="401"} 1',
    ])
      expect(text).toContain(`${series}\n`);
  });
});
