/** E2: an EventStoreDB that begins to refuse the password of a process that runs. */
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openEventStoreServer } from '../support/eventstoredb/open-server.js';
import { eventually } from '../support/eventually.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BOUND_MS = 15_000;

interface Shown {
  readonly event_store: string;
  readonly projection: { readonly state: string; readonly failure?: { readonly reason: string } };
}

it('is said in the log and at /readyz, with a state of the projector, until it is put right', async () => {
  const folder = temporaryFolder();
  const opened = await openEventStoreServer();
  const lines: string[] = [];
  const app = await startApp({
    env: { EVENTSTORE_URL: opened.url, KEYS_FILE: await newKeysFile(folder.path) },
    folder: folder.path,
    log: pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
  });
  const ready = (): ReturnType<typeof app.operations.request<Shown>> => app.operations.request<Shown>('/readyz');
  const stateOfProjector = async (): Promise<string> => (await ready()).body.projection.state;
  try {
    await app.api.signedIn(freshCredentials());
    await eventually('it projects', async () => (await stateOfProjector()) === 'running');

    opened.server.node.authorization = 'Basic another';
    await eventually('the projector is refused', async () => (await stateOfProjector()) === 'refused', {
      withinMs: BOUND_MS,
    });
    const { status, body } = await ready();
    expect([status, body.event_store]).toEqual([503, 'refused']);
    expect(body.projection.failure?.reason).toMatch(/the password is wrong/);
    const metrics = await app.operations.request('/metrics');
    expect(metrics.text).toContain('tokenledger_projector_state{state="refused"} 1');
    const said = lines.map((line) => JSON.parse(line) as { msg: string; state?: string; level: number });
    for (const msg of ['event store', 'projector'])
      expect(said).toContainEqual(expect.objectContaining({ msg, state: 'refused', level: 50 }));

    opened.server.node.authorization = null;
    await eventually('it projects again', async () => (await ready()).status === 200, { withinMs: BOUND_MS });
    expect(await stateOfProjector()).toBe('running');
    expect((await app.api.register(freshCredentials())).status).toBe(201);
  } finally {
    await app.close();
    await opened.close();
    folder.remove();
  }
});
