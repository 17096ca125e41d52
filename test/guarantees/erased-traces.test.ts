/** G18: whatever an installation can show of somebody before the erasure, it cannot afterwards. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import { eventually } from '../support/eventually.js';
import { filesThatHold } from '../support/files.js';
import { outboxMail, outboxMails } from '../support/mail/outbox-mails.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const NAME = 'Ada Lovelace-Erased';
const OWN = { 'user-agent': 'AgentOfTheErased/1.0', 'x-forwarded-for': '203.0.113.77' };
const THIEF = { 'user-agent': 'AgentOfTheThief/2.0', 'x-forwarded-for': '198.51.100.99' };
const REASON = 'Caught red-handed and disabled';

let app: RunningApp;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const write = (line: string): void => void lines.push(line);
  app = await startApp({ env: { TRUST_PROXY: '1' }, log: pino({ level: 'trace' }, { write }) });
});
afterEach(() => app.close());

/** Leaves traces of every kind: device names, places of owner and thief, a reason, mails. */
async function leaveTraces({ email, password, userId }: SignedIn): Promise<string[]> {
  const { body } = await app.api.post('login', { email, password, device_name: `${NAME}’s phone` }, OWN);
  const refresh = (token: unknown, from: Record<string, string>): Promise<{ body: Record<string, unknown> }> =>
    app.api.post('refresh', { refresh_token: token }, { ...from, 'idempotency-key': `of ${from['user-agent']}` });
  const first = await refresh(body.refresh_token, OWN);
  const second = await refresh(first.body.refresh_token, OWN);
  const stolen = await refresh(body.refresh_token, THIEF);
  expect(stolen.body.code).toBe('token_reused');
  await app.api.post('password/forgot', { email }, OWN);
  await app.api.post('login', { email, password: 'wrong', device_name: NAME }, OWN);
  for (const words of ['Confirm', 'Choose', 'New device', 'two places']) await outboxMail(app.folder, email, words);
  const users = await app.application.operator.users();
  await users.change(userId, 'operator:test', {
    change: (admin, of) => admin.disable(of, REASON),
    fits: ['active'],
  });
  await outboxMail(app.folder, email, 'disabled');
  return [body, first.body, second.body].flatMap((pair) => [String(pair.refresh_token), String(pair.access_token)]);
}

async function all(items: AsyncIterable<object>): Promise<object[]> {
  const collected: object[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Everything that an installation hands out about its users and itself. */
async function handedOut(userId: string): Promise<string> {
  const { operator, context } = app.application;
  expect(await context.waitForPosition((await context.eventLog.end())!, 60_000)).toBe(true);
  const [users, audit] = [await operator.users(), await operator.userAudit()];
  const ever = { from: null, to: null };
  const parts = [
    ...(await all(operator.proofs.export(ever, 'jsonl'))),
    ...(await all(operator.proofs.export(ever, 'ocsf'))),
    ...(await all(audit.timeline(userId))),
    await audit.state(userId, { position: (await context.eventLog.end())! }),
    ...(await all(audit.thefts())),
    ...(await all(users.list())),
    await users.show(userId),
    ...(await all(users.sessions(userId))),
    (await app.operations.request('/metrics')).text,
    (await app.operations.request('/readyz')).text,
  ];
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n');
}

it('nothing of an erased user is found in any file, export, audit answer or log line', async () => {
  const user = await signedInUser(app, NAME);
  const tokens = await leaveTraces(user);
  const sought: Record<string, string> = {
    ...{ email: user.email, localPart: user.email.split('@')[0]!, name: NAME, password: user.password, reason: REASON },
    ...{ agent: OWN['user-agent'], ip: OWN['x-forwarded-for'] },
    ...{ thief: THIEF['user-agent'], thiefsIp: THIEF['x-forwarded-for'] },
    ...Object.fromEntries(tokens.map((token, index) => [`token ${index}`, token])),
  };
  const foundIn = (text: string): string[] => Object.keys(sought).filter((what) => text.includes(sought[what]!));
  // What is looked for is there: in the answers, and in the mails.
  expect(foundIn(await handedOut(user.userId))).toEqual(
    expect.arrayContaining(['email', 'name', 'agent', 'ip', 'thief', 'thiefsIp']),
  );
  const held = filesThatHold(app.folder, sought);
  expect(held.some((found) => found.endsWith('.eml: email'))).toBe(true);

  const admin = await signedInAdmin(app);
  const { status } = await app.api.request(`/api/v1/admin/users/${user.userId}/erase`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.pair.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: `${NAME} asked` }),
  });
  expect(status).toBe(204);
  const { checkpoints } = app.application.stores;
  await eventually('the eraser is done', async () => (await checkpoints.load('eraser')) !== null);

  await eventually('the metrics say so', async () =>
    /^tokenledger_last_erasure_timestamp_seconds [1-9]/m.test((await app.operations.request('/metrics')).text),
  );
  expect(filesThatHold(app.folder, sought)).toEqual([]);
  expect(foundIn(await handedOut(user.userId))).toEqual([]);
  expect(foundIn(lines.join('\n'))).toEqual([]);
  // Who was not erased is found.
  expect(filesThatHold(app.folder, { id: user.userId })).not.toEqual([]);
  expect(outboxMails(app.folder).some(({ to }) => to === admin.email)).toBe(true);
});
