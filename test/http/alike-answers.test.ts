/** Nobody learns from answer or time whether an address or a code is known: what is compared is the work, not the time. */
import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startCounting } from '../support/counted-calls.js';
import { eventually } from '../support/eventually.js';
import { newestCode, userEvents } from '../support/log-reader.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

// Longer than an answer takes on a machine that is busy; only a failure waits for it.
const GATE_MS = 10_000;

/** How many resets the log has of a user. */
async function requested(app: RunningApp, userId: string): Promise<number> {
  return (await userEvents(app, userId)).filter(([type]) => type === 'PasswordResetRequested').length;
}

it('/password/forgot reads nothing of the log before it answers, whether the address or the browser is known or not', async () => {
  const gate = { isClosed: false, open: (): void => undefined };
  const opened = new Promise<void>((resolve) => {
    gate.open = () => {
      gate.isClosed = false;
      resolve();
    };
  });
  const app = await startApp({
    // Without the processors, which read on their own.
    env: { ROLES: 'http,projector' },
    prepare: ({ stores: { eventStore } }) => {
      const read = eventStore.readStream.bind(eventStore);
      eventStore.readStream = async (...args: Parameters<typeof read>) => {
        if (gate.isClosed) await opened;
        return read(...args);
      };
    },
  });
  try {
    const { email, password } = freshCredentials();
    const userId = String((await app.api.register({ email, password })).body.user_id);
    const login = await app.api.post('login', { email, password, mode: 'cookie' });
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    gate.isClosed = true;
    setTimeout(gate.open, GATE_MS).unref();
    for (const address of [email, `${randomUUID()}@example.com`])
      for (const headers of [{}, { cookie }])
        expect((await app.api.post('password/forgot', { email: address }, headers)).status).toBe(202);
    expect(gate.isClosed).toBe(true);
    gate.open();
    await eventually('the work follows', async () => (await requested(app, userId)) > 0);
  } finally {
    gate.open();
    await app.close();
  }
});

it('/password/reset does the same work for an unknown user, a voided code, a wrong one and what is none', async () => {
  const { app, during } = await startCounting(startApp);
  try {
    const { email, password } = freshCredentials();
    const userId = String((await app.api.register({ email, password })).body.user_id);
    const ask = async (times: number): Promise<string> => {
      await app.api.post('password/forgot', { email });
      await eventually('it is asked for', async () => (await requested(app, userId)) === times);
      return newestCode(app, userId, 'PasswordResetRequested');
    };
    const voided = await ask(1);
    await ask(2);
    for (const code of [voided, `${randomUUID()}.${'A'.repeat(43)}`, `${userId}.${'A'.repeat(43)}`, 'nonsense']) {
      const work = await during(async () => {
        const answer = await app.api.post('password/reset', { code, new_password: 'a wholly other passphrase' });
        expect([answer.status, answer.body.code]).toEqual([400, 'code_invalid']);
      });
      expect([code, work]).toEqual([code, ['read backwards 1']]);
    }
  } finally {
    await app.close();
  }
});
