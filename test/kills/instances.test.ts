/** Three processes over the same EventStoreDB and MongoDB, under load, killed at random again and again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { compose } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import type { Pair } from '../support/api-client.js';
import { chanceOf } from '../support/chance.js';
import { eventually } from '../support/eventually.js';
import { serverDescribe } from '../support/backends.js';
import { caughtUp, openTestLog, wholeLog } from '../support/log.js';
import { rebuilt } from '../support/differences.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { Instances, type Instance } from '../support/instances.js';
import { ask, refreshOn, signOutOn, type Complaints } from '../support/instances-load.js';
import { openMongoDatabase, type MongoDatabase } from '../support/mongo-database.js';
import { freshCredentials } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const KILLS = 10;
const CHAINS = 4;
const ABANDONED = 8;
const TAKEN_OVER_MS = 15_000;
// Longer than that, or a session would expire while its list waits for another instance to project.
const IDLE_SECONDS = 60;

serverDescribe('three instances', 'MONGODB_URL', (mongoUrl) => {
  const folder = temporaryFolder();
  let log: OpenedServer;
  let database: MongoDatabase;
  let instances: Instances;
  const random = chanceOf('kills of instances');
  beforeAll(async () => {
    log = await openEventStoreServer();
    database = openMongoDatabase(mongoUrl);
    instances = await Instances.start(3, {
      folder: folder.path,
      random,
      env: {
        EVENTSTORE_URL: log.url,
        MONGODB_URL: database.url,
        REFRESH_TOKEN_EXPIRE_DAYS: (IDLE_SECONDS / 86_400).toFixed(8),
        EXPIRY_SWEEP_CRON: '* * * * * *',
      },
    });
  });
  afterAll(async () => {
    await instances.end();
    await log.close();
    await database.close();
    folder.remove();
  });

  const signedIn = async (): Promise<Pair> => {
    const credentials = freshCredentials();
    await ask(instances, ({ api }) => api.register(credentials));
    return (await ask(instances, ({ api }) => api.login(credentials))).body;
  };
  const logged = async (): Promise<readonly LogEvent[]> => wholeLog(await openTestLog(log.store, instances.env));

  it('G1, G2, G4, G6, G7, G11: keep every promise while they are killed at random', async () => {
    const complaints: Complaints = [];
    const acknowledged: Pair[] = [];
    const end = new AbortController();
    const abandoned = await Promise.all(Array.from({ length: ABANDONED }, signedIn));
    const chains = await Promise.all(Array.from({ length: CHAINS }, signedIn));
    acknowledged.push(...abandoned, ...chains);
    const { signal } = end;
    const refreshing = chains.map((pair) => refreshOn(instances, pair, { acknowledged, complaints, signal }));
    const signedOut = { users: 0 };
    const signingOut = signOutOn(instances, complaints, { signal, count: signedOut });
    // However slow the machine: otherwise nothing is tried.
    const goesOn = (what: string, holds: () => boolean): Promise<void> =>
      eventually(what, () => holds() || complaints.length > 0);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.length;
      await sleep(300 + random() * 1_500);
      await goesOn('tokens are refreshed', () => acknowledged.length >= before + CHAINS);
      await instances.kill(instances.any());
      await instances.add();
    }
    await goesOn('users sign out', () => signedOut.users > 1);
    end.abort();
    await Promise.all(refreshing);
    await signingOut;
    expect(complaints).toEqual([]);

    // Each generation was given out once, and everything that was answered is there.
    const given = new Map<string, string>();
    for (const { event } of await logged()) {
      if (event.type !== 'TokenIssued' && event.type !== 'TokenRotated') continue;
      const { sid, generation, token } = event.data.family;
      expect(given.has(`${sid} ${generation}`)).toBe(false);
      given.set(`${sid} ${generation}`, token.jti);
    }
    for (const { refresh_token: token } of acknowledged) {
      const { sid, gen, jti } = decodeJwt<{ sid: string; gen: number }>(token);
      expect(given.get(`${sid} ${gen}`)).toBe(jti);
    }
    expect(acknowledged.length).toBeGreaterThan(CHAINS * KILLS);

    // Whatever nobody used has expired: noted once each, though all of them sweep when their turn comes.
    await sleep(IDLE_SECONDS * 1_000);
    const last = chains.map(({ session_id: sid }) => sid);
    const due = [...abandoned.map(({ session_id: sid }) => sid), ...last];
    const areNoted = async (): Promise<boolean> => (await expiries(due)).length >= due.length;
    await eventually('all expiries are noted', areNoted, { withinMs: TAKEN_OVER_MS });
    expect((await expiries(due)).sort()).toEqual([...due].sort());
  }, 400_000);

  const expiries = async (sids: readonly string[]): Promise<string[]> => {
    const expired = (await logged()).flatMap(({ event }) => (event.type === 'TokenExpired' ? [event.data.family.sid] : []));
    return expired.filter((sid) => sids.includes(sid));
  };

  it('another one projects, and another one sweeps, soon after the one that did was killed', async () => {
    const projecting = await the(async ({ operations }) => {
      const { projection } = (await operations.request<{ projection: { state: string } }>('/readyz')).body;
      return projection.state !== 'elsewhere';
    });
    await instances.kill(projecting);
    const killedAt = performance.now();
    const pair = await signedIn();
    const { headers } = await ask(instances, ({ api }) => api.refresh(pair.refresh_token));
    const position = { 'if-log-position': headers.get('log-position')! };
    const shown = await ask(instances, ({ api }) => api.get('devices', pair.access_token, position));
    expect(shown.status).toBe(200);
    expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS);
    await instances.add();

    // There is a sweep every second.
    const sweeps = ({ server }: Instance): number => server.output().split('"expiry sweep"').length;
    const sweeping = await the(async (instance) => {
      const before = sweeps(instance);
      await sleep(2_500);
      return sweeps(instance) > before;
    });
    const heirs = instances.others(sweeping);
    const before = heirs.map(sweeps);
    await instances.kill(sweeping);
    const isTakenOver = (): boolean => heirs.some((heir, index) => sweeps(heir) > before[index]!);
    await eventually('another one sweeps', isTakenOver, { withinMs: TAKEN_OVER_MS });
    await instances.add();
  });

  it('G8: end as they should, and leave a read model that is exactly the log', async () => {
    const codes = await instances.end();
    expect(codes).toEqual(codes.map(() => 0));
    const application = await compose(readConfig({ ...instances.env, ROLES: 'projector' }), pino({ level: 'silent' }));
    application.start();
    await caughtUp(application, TAKEN_OVER_MS);
    const { differences, documents } = await rebuilt(application);
    expect(differences).toEqual([]);
    expect(documents).toBeGreaterThan(CHAINS + ABANDONED);
    await application.close();
  });

  /** The one of which it is true. */
  async function the(isTrue: (instance: Instance) => Promise<boolean>): Promise<Instance> {
    let found: Instance | undefined;
    await eventually('it is true of one instance', async () => {
      const answers = await Promise.all(instances.running.map(isTrue));
      found = instances.running[answers.indexOf(true)];
      return found !== undefined;
    });
    return found!;
  }
});
