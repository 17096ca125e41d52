/** What must hold when the process is killed in the middle of load, again and again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { compose } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';
import { chanceOf } from '../support/chance.js';
import { ApiClient, type Credentials, type Pair } from '../support/api-client.js';
import { rebuilt } from '../support/differences.js';
import { caughtUp, wholeLog } from '../support/log.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const KILLS = 50;
const CHAINS = 6;
/** A life ends after at most so many answers, so that its length does not hang on how fast the machine is. */
const MOST_ANSWERS = 40;

const folder = temporaryFolder();
// A start on a busy machine may take longer than the usual grace.
const env = { DATA_DIR: folder.path, LOG_LEVEL: 'info', REFRESH_GRACE_SECONDS: '60' };

/** A client that refreshes on and on, and remembers what it was answered. */
interface Chain {
  readonly credentials: Credentials;
  current: Pair;
  readonly acknowledged: Pair[];
}
const chains: Chain[] = [];

beforeAll(async () => {
  const server = await startServerProcess(env);
  const api = new ApiClient(server.url);
  for (let chain = 0; chain < CHAINS; chain += 1) {
    const credentials = freshCredentials();
    const current = await api.signedIn(credentials);
    chains.push({ credentials, current, acknowledged: [current] });
  }
  await server.end('SIGKILL');
});
afterAll(() => folder.remove());

/** Refreshes until the server is gone. An answer that was lost is asked for again by the next life's first request (G2). */
async function refreshOn(api: ApiClient, chain: Chain, refusals: string[], onAnswer: () => void): Promise<void> {
  for (;;) {
    let answer;
    try {
      answer = await api.refresh(chain.current.refresh_token);
    } catch {
      return;
    }
    if (answer.status !== 200) {
      refusals.push(answer.text);
      return;
    }
    chain.current = answer.body;
    chain.acknowledged.push(answer.body);
    onAnswer();
  }
}

it('G1, G2, G7, G8: 50 kills lose no acknowledged event, make no second successor and leave a true read model', async () => {
  const random = chanceOf('kills of one process');
  const refusals: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const server = await startServerProcess(env);
    const api = new ApiClient(server.url);
    let left = 1 + Math.floor(random() * MOST_ANSWERS);
    let load: Promise<unknown> = Promise.resolve();
    const enough = new Promise<void>((resolve) => {
      const onAnswer = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      load = Promise.all(chains.map((chain) => refreshOn(api, chain, refusals, onAnswer)));
    });
    // Chains that were refused end by themselves: what they were answered is reported below.
    await Promise.race([enough, load]);
    await sleep(random() * 5);
    await server.end('SIGKILL');
    await load;
  }
  expect(refusals).toEqual([]);

  const application = await compose(readConfig({ DATA_DIR: folder.path }), pino({ level: 'silent' }));
  const inLog = new Map<string, string>();
  for (const { event } of await wholeLog(application.eventLog)) {
    if (event.type !== 'TokenIssued' && event.type !== 'TokenRotated') continue;
    const { sid, generation, token } = event.data.family;
    const key = `${sid} ${generation}`;
    expect(inLog.has(key)).toBe(false);
    inLog.set(key, token.jti);
  }
  let acknowledged = 0;
  for (const chain of chains) {
    for (const pair of chain.acknowledged) {
      const { sid, gen, jti } = decodeJwt<{ sid: string; gen: number }>(pair.refresh_token);
      expect(inLog.get(`${sid} ${gen}`)).toBe(jti);
      acknowledged += 1;
    }
  }
  // Otherwise nothing was tried.
  expect(acknowledged).toBeGreaterThan(KILLS * CHAINS);

  application.start();
  await caughtUp(application);
  const { differences, documents } = await rebuilt(application);
  expect(differences).toEqual([]);
  // The account, its device, and the stream in the auditors’ index.
  expect(documents).toBe(3 * CHAINS);
  await application.close();
}, 600_000);
