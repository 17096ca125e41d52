/** What the process does about events of somebody else in the store. */
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ApiClient, type Pair } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { openInstallation } from '../support/installation.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const own = ownServer();

describe('the process', () => {
  /** Signs somebody in, stops, puts an event of somebody else into each of these streams, and starts again. */
  async function startWithForeign(streams: Readonly<Record<string, string>>): Promise<Pair> {
    const first = await own.start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const installation = await openInstallation(own.folder);
    for (const [stream, id] of Object.entries(streams)) await installation.appendUnknownEvent(stream, id);
    await installation.close();
    await own.start();
    return pair;
  }

  it('turns unready, naming the event, when one of somebody else stands in a stream of ours; refreshing goes on', async () => {
    const [stream, id] = [`tokenledger_user-${randomUUID()}`, randomUUID()];
    const pair = await startWithForeign({ [stream]: id });
    const operations = new ApiClient(own.server.operationsUrl);
    await eventually('it is unready', async () => (await operations.request('/readyz')).status === 503);
    expect((await operations.request('/readyz')).body).toMatchObject({
      status: 'not_ready',
      projection: { state: 'failed', failure: { event_id: id, stream, reason: expect.any(String) } },
      refused_events: [{ event_id: id, stream, kind: 'altered' }],
    });
    expect(own.server.output()).toContain(
      `"event":"event_refused","kind":"altered","event_id":"${id}","stream":"${stream}"`,
    );
    const api = new ApiClient(own.server.url);
    expect((await api.request('/healthz')).status).toBe(200);
    expect((await api.refresh(pair.refresh_token)).status).toBe(200);

    // An operator leaves it out: the projector goes on by itself.
    const env = { DATA_DIR: own.folder };
    expect((await runScript('log', env, 'disown', stream, '0', '--yes')).code).toBe(0);
    await eventually('it is ready', async () => (await operations.request('/readyz')).status === 200);
    expect((await operations.request('/readyz')).body).not.toHaveProperty('refused_events');
  });

  it('does not start past one in the log’s own stream, and says what to do; once it is left out, it does', async () => {
    const first = await own.start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const installation = await openInstallation(own.folder);
    const id = randomUUID();
    await installation.appendUnknownEvent('tokenledger_log', id, 0);
    await installation.close();
    const started = own.start();
    await expect(started).rejects.toThrow(`does not start: altered: event ${id} `);
    await expect(started).rejects.toThrow(
      '`npx tokenledger log disown tokenledger_log 1 --yes`; if not, restore a backup.',
    );
    const env = { DATA_DIR: own.folder };
    expect((await runScript('log', env, 'disown', 'tokenledger_log', '1', '--yes')).code).toBe(0);
    const { code, stdout } = await runScript('audit', env, 'verify', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { disowned: 1, findings: [] }]);
    const { url, operationsUrl } = await own.start();
    expect((await new ApiClient(url).refresh(pair.refresh_token)).status).toBe(200);
    const operations = new ApiClient(operationsUrl);
    await eventually('it is ready', async () => (await operations.request('/readyz')).status === 200);
    // Five processes, one after the other.
  });

  it('S1: skips what stands in streams that only look like ours, says so, counts it, and stays ready', async () => {
    const streams = [
      'user-42',
      `user-${randomUUID()}`,
      'tokenledger_user-42',
      'tokenledger_token-1.2',
      'tokenledger_other',
    ];
    const pair = await startWithForeign(Object.fromEntries(streams.map((stream) => [stream, randomUUID()])));
    const api = new ApiClient(own.server.url);
    const refreshed = await api.refresh(pair.refresh_token);
    expect(await api.devices(refreshed.body.access_token, refreshed.headers.get('log-position'))).toHaveLength(1);
    const operations = new ApiClient(own.server.operationsUrl);
    const ready = await operations.request('/readyz');
    expect([ready.status, ready.body]).toMatchObject([200, { status: 'ready', projection: { state: 'running' } }]);
    const { text } = await operations.request('/metrics');
    expect(text).toMatch(/^tokenledger_events_skipped_total\{reason="foreign"\} [1-9]\d*$/m);
    expect(text).toContain('tokenledger_events_skipped_total{reason="disowned"} 0\n');
    // In a shared store the streams of other programs are nothing to speak of, unless they look like ours.
    for (const stream of streams)
      expect([stream, own.server.output().includes(`"stream":"${stream}"`)]).toEqual([
        stream,
        stream.startsWith('tokenledger_'),
      ]);
  });
});
