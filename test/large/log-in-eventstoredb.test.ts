/** The whole application with its log in EventStoreDB, and the rest embedded. */
import { expect, it } from '@jest/globals';
import { pino, type Logger } from 'pino';
import { answered, eventually } from '../support/eventually.js';
import { openEventStoreServer } from '../support/eventstoredb/open-server.js';
import { caughtUp } from '../support/log.js';
import { rebuilt } from '../support/differences.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BOUND_MS = 12_000;

/** A log of which a test sees the lines. */
const linesOf = (lines: string[]): Logger => pino({ level: 'info' }, { write: (line) => void lines.push(line) });

/** What the log says became of the event store, one after the other. */
const states = (lines: readonly string[]): (string | undefined)[] =>
  lines
    .map((line) => JSON.parse(line) as { readonly msg?: string; readonly state?: string })
    .filter(({ msg }) => msg === 'event store')
    .map(({ state }) => state);

it('G8, G12, G14, S6: serves all of it; while EventStoreDB is down, 503; then service resumes by itself, and nothing is skipped', async () => {
  const folder = temporaryFolder();
  const log = await openEventStoreServer();
  const proxy = await TcpProxy.before(log.server.port);
  const lines: string[] = [];
  const env = { EVENTSTORE_URL: `esdb://127.0.0.1:${proxy.port}?tls=false`, KEYS_FILE: await newKeysFile(folder.path) };
  const app = await startApp({ env, folder: folder.path, log: linesOf(lines) });
  const { api, application } = app;
  try {
    const credentials = freshCredentials();
    const one = await api.signedIn(credentials);
    const login = await api.login(credentials, { device_name: 'Second' });
    expect(await api.devices(one.access_token, login.headers.get('log-position'))).toHaveLength(2);
    let current = one;

    for (const how of ['refuses', 'is silent']) {
      if (how === 'refuses') await proxy.refuse();
      else proxy.fallSilent();
      const began = performance.now();
      const answers = await Promise.all([
        api.register(freshCredentials()),
        api.post('login', credentials),
        api.post('refresh', { refresh_token: current.refresh_token }),
        api.logout(current.refresh_token),
        api.logoutAll(current.access_token),
        api.get('devices', current.access_token),
      ]);
      expect(performance.now() - began).toBeLessThan(BOUND_MS);
      for (const { status, headers, body } of answers)
        expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
      const ready = await app.operations.request('/readyz');
      expect([ready.status, ready.body.event_store]).toEqual([503, 'down']);
      // S6: it is said, and the projector does not say that it runs.
      await eventually('the outage is logged', () => states(lines).at(-1) === 'waiting', { withinMs: BOUND_MS });
      expect((await app.operations.request('/readyz')).body).toMatchObject({ projection: { state: 'waiting' } });

      await proxy.refuse();
      await proxy.listen();
      // Nothing was decided meanwhile: the token is still good.
      const token = current.refresh_token;
      const refreshed = await answered('the event store is back', () => api.refresh(token), { withinMs: BOUND_MS });
      expect(refreshed.status).toBe(200);
      current = refreshed.body;
      await caughtUp(application, BOUND_MS);
      await eventually('the end of the outage is logged', () => states(lines).at(-1) === 'connected');
    }
    const devices = await api.devices(current.access_token);
    expect(devices.map(({ session_id: sid, generation }) => [sid, generation])).toEqual([
      [one.session_id, 2],
      [login.body.session_id, 0],
    ]);
    const history = await api.get(`devices/${one.session_id}/events`, current.access_token);
    expect(history.body).toMatchObject({
      events: [{ generation: 2 }, { generation: 1 }, { type: 'TokenIssued' }],
      next: null,
    });
    expect((await rebuilt(application)).differences).toEqual([]);
  } finally {
    await app.close();
    await proxy.refuse();
    await log.close();
    folder.remove();
  }
});
