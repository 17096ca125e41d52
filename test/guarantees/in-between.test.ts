/** What must hold when something comes between two reads of one request, whichever they are. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Pair } from '../support/api-client.js';
import { interrupted } from '../support/interrupted.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeAll(async () => {
  // Without the jobs that read streams by themselves: only a request's own reads are counted.
  app = await startApp({ env: { ROLES: 'http,projector' } });
});
afterAll(() => app.close());

const isLive = async (pair: Pair): Promise<boolean> => (await app.api.refresh(pair.refresh_token)).status === 200;

describe('a revocation of all tokens that comes in between', () => {
  it('G4: is not undone by logout/all that keeps the current session', async () => {
    let wasInTime = true;
    for (let read = 1; wasInTime; read += 1) {
      const credentials = freshCredentials();
      const pair = await app.api.signedIn(credentials);
      const other = await app.api.signIn(credentials);
      const sparing = (): Promise<unknown> => app.api.logoutAll(pair.access_token, true);
      wasInTime = await interrupted(app, read, sparing, async () => {
        expect((await app.api.logoutAll(other.access_token)).status).toBe(204);
      });
      expect(await isLive(pair)).toBe(!wasInTime);
      // Otherwise nothing was tried.
      if (!wasInTime) expect(read).toBeGreaterThan(3);
    }
  });

  it('G4: is not undone by a change of password, nor ends what began with it', async () => {
    const statuses = new Set<string>();
    let wasInTime = true;
    for (let read = 1; wasInTime; read += 1) {
      const credentials = freshCredentials();
      const pair = await app.api.signedIn(credentials);
      const other = await app.api.signIn(credentials);
      const change = { current_password: credentials.password, new_password: 'another long one' };
      let changed: Answer<Pair> | null = null;
      let revoked: Answer | null = null;
      const changing = async (): Promise<void> => {
        changed = await app.api.post<Pair>('password/change', change, { authorization: `Bearer ${pair.access_token}` });
      };
      wasInTime = await interrupted(app, read, changing, async () => {
        revoked = await app.api.logoutAll(other.access_token);
      });
      // What the closures above have set is not seen by the compiler.
      const [ofChange, ofRevocation] = [changed, revoked] as unknown as [Answer<Pair>, Answer | null];
      // Whichever came first ended the bearer of the other one.
      const outcome = `${ofChange.status} ${ofRevocation?.status ?? 'none'}`;
      statuses.add(outcome);
      expect(['401 204', '200 401', '200 none']).toContain(outcome);
      expect(await isLive(pair)).toBe(false);
      expect(await isLive(other)).toBe(false);
      if (ofChange.status === 200) expect(await isLive(ofChange.body)).toBe(true);
      if (!wasInTime) expect(read).toBeGreaterThan(3);
    }
    expect([...statuses].sort()).toEqual(['200 401', '200 none', '401 204']);
  });
});

describe('T10: a session that is spared and used while a request reads', () => {
  /** What became of a session that was kept by revocations of all, and refreshed, before one of the reads of a request. */
  interface Spared {
    readonly answer: Answer<Pair>;
    /** Its newest pair. Null: the request made fewer reads. */
    readonly spared: Pair | null;
  }

  /** Before each read in turn of what `ask` does: a revocation that keeps the session, a refresh of it, and another revocation. */
  async function sparedBetween(
    ask: (pair: Pair, password: string) => Promise<Answer<Pair>>,
    check: (of: Spared) => Promise<void>,
  ): Promise<void> {
    for (const revocations of [1, 2]) {
      let wasInTime = true;
      for (let read = 1; wasInTime; read += 1) {
        const credentials = freshCredentials();
        const pair = await app.api.signedIn(credentials);
        const answers: Answer<Pair>[] = [];
        const refreshed: Pair[] = [];
        const asking = async (): Promise<void> => void answers.push(await ask(pair, credentials.password));
        wasInTime = await interrupted(app, read, asking, async () => {
          if ((await app.api.logoutAll(pair.access_token, true)).status !== 204) return;
          const { body } = await app.api.refresh(pair.refresh_token);
          refreshed.push(body);
          if (revocations === 2) expect((await app.api.logoutAll(body.access_token, true)).status).toBe(204);
        });
        await check({ answer: answers[0]!, spared: refreshed[0] ?? null });
        if (!wasInTime) expect(read).toBeGreaterThan(1);
      }
    }
  }

  it('is refreshed', async () => {
    await sparedBetween(
      (pair) => app.api.refresh(pair.refresh_token),
      async ({ answer, spared }) => {
        expect(answer.status).toBe(200);
        if (spared !== null) expect(answer.body.refresh_token).toBe(spared.refresh_token);
        expect(await isLive(answer.body)).toBe(true);
      },
    );
  });

  it('is authenticated', async () => {
    await sparedBetween(
      (pair) => app.api.get('me', pair.access_token),
      ({ answer }) => {
        expect(answer.status).toBe(200);
        return Promise.resolve();
      },
    );
  });

  it('G4: is over once its sign-out was answered', async () => {
    await sparedBetween(
      (pair) => app.api.post('logout', { refresh_token: pair.refresh_token }),
      async ({ answer, spared }) => {
        expect(answer.status).toBe(204);
        if (spared !== null) expect(await isLive(spared)).toBe(false);
      },
    );
  });

  it('can end all others', async () => {
    await sparedBetween(
      (pair) => app.api.post('logout/all', { keep_current: true }, { authorization: `Bearer ${pair.access_token}` }),
      async ({ answer, spared }) => {
        expect(answer.status).toBe(204);
        if (spared !== null) expect(await isLive(spared)).toBe(true);
      },
    );
  });

  it('can change the password', async () => {
    await sparedBetween(
      (pair, password) => {
        const change = { current_password: password, new_password: 'another long one' };
        return app.api.post<Pair>('password/change', change, { authorization: `Bearer ${pair.access_token}` });
      },
      async ({ answer, spared }) => {
        expect(answer.status).toBe(200);
        if (spared !== null) expect(await isLive(spared)).toBe(false);
        expect(await isLive(answer.body)).toBe(true);
      },
    );
  });
});

describe('G6: what the read model shows', () => {
  it('is what can be refreshed, also if the session on a device is spared and used while somebody signs in there', async () => {
    let wasInTime = true;
    for (let read = 1; wasInTime; read += 1) {
      const credentials = freshCredentials();
      const first = await app.api.signedIn(credentials);
      const held = [first];
      const signIn = async (): Promise<void> => {
        held.push(await app.api.signIn(credentials, { device_id: first.device_id }));
      };
      wasInTime = await interrupted(app, read, signIn, async () => {
        expect((await app.api.logoutAll(first.access_token, true)).status).toBe(204);
        held.push((await app.api.refresh(first.refresh_token)).body);
      });
      const { body: last, headers } = await app.api.login(credentials);
      const shown = await app.api.devices(last.access_token, headers.get('log-position'));
      const others = shown.map(({ session_id }) => session_id).filter((sid) => sid !== last.session_id);
      for (const sid of others) expect(await isLive(held.findLast(({ session_id }) => session_id === sid)!)).toBe(true);
      if (!wasInTime) expect(read).toBeGreaterThan(3);
    }
  });
});
