/** What somebody can do who may write to the database of the log, and has no key: all of it is refused and named. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { pino, type Logger } from 'pino';
import { tokenStream, userStream, streamName, type StreamId } from '../../src/domain/streams.js';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import type { Answer, Credentials, Pair } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { caughtUp, userOf } from '../support/log.js';
import { logFileOf, restartLog, startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let app: RunningApp;
let folder: ReturnType<typeof temporaryFolder>;
let tool: Database.Database;
let lines: string[];
const linesOf = (to: string[]): Logger => pino({ level: 'info' }, { write: (line) => void to.push(line) });

beforeEach(async () => {
  lines = [];
  folder = temporaryFolder();
  app = await startApp({ log: linesOf(lines), folder: folder.path });
  tool = await openTool();
});
afterEach(async () => {
  tool.close();
  await app.close();
  folder.remove();
});

/** Another program that has the database of the log open. */
async function openTool(): Promise<Database.Database> {
  const database = new Database(await logFileOf(folder.path));
  // The application may be writing.
  database.exec('PRAGMA busy_timeout = 5000');
  return database;
}

const nameOf = (stream: StreamId): string => `tokenledger_${streamName(stream)}`;
const userOfPair = (pair: Pair): string => nameOf(userStream(userOf(pair)));
const deviceOf = (pair: Pair): string => nameOf(tokenStream(userOf(pair), pair.device_id));
const NEWEST = 'position = (select max(position) from events join streams on streams.id = stream_id where name = ?)';

/** Puts a copy of an event behind the newest of its stream, under an id of its own. */
function replay(stream: string, revision: number): void {
  tool
    .prepare(
      `insert into events (stream_id, revision, id, type, data, metadata)
       select stream_id, (select max(revision) + 1 from events as all_of where all_of.stream_id = events.stream_id),
         randomblob(16), type, data, metadata
       from events join streams on streams.id = stream_id where name = ? and revision = ?`,
    )
    .run(stream, revision);
}

/** Sets roles in the newest event of a user. */
function setRoles(stream: string): void {
  const [data] = tool.prepare(`select data from events where ${NEWEST}`).raw().get(stream) as [string];
  const altered = canonicalJson({ ...(JSON.parse(data) as object), roles: ['admin'] });
  expect(altered).not.toBe(data);
  tool.prepare(`update events set data = ? where ${NEWEST}`).run(altered, stream);
}

/** A store that goes on knows which event was the newest of a stream that it has written. */
async function restart(): Promise<void> {
  await app.close();
  await restartLog(folder.path);
  app = await startApp({ log: linesOf(lines), folder: folder.path });
}

const codeOf = ({ status, body }: Answer<object>): unknown => [status, (body as { code?: string }).code];

/** It is named in the log and at /readyz. */
async function expectNamed(stream: string): Promise<void> {
  const refused = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find((line) => line.event === 'event_refused');
  expect(refused).toMatchObject({ level: 50, kind: 'altered', stream, event_id: expect.any(String) });
  const ready = await app.operations.request('/readyz');
  expect(ready.body).toMatchObject({ refused_events: [{ event_id: refused?.event_id, stream, kind: 'altered' }] });
}

async function changedPassword(): Promise<{ old: Credentials; pair: Pair }> {
  const old = freshCredentials();
  const first = await app.api.signedIn(old);
  const change = { current_password: old.password, new_password: 'another long one' };
  const changed = await app.api.post<Pair>('password/change', change, { authorization: `Bearer ${first.access_token}` });
  expect(changed.status).toBe(200);
  return { old, pair: changed.body };
}

describe('G15, S2: an event that was inserted, altered or moved', () => {
  it('an old password hash that is replayed opens nothing, and stops the projector', async () => {
    const { old, pair } = await changedPassword();
    await caughtUp(app.application);
    replay(userOfPair(pair), 0);
    expect(codeOf(await app.api.login(old))).toEqual([503, 'unavailable']);
    expect(codeOf(await app.api.refresh(pair.refresh_token))).toEqual([503, 'unavailable']);
    // The projector sees it once something is appended.
    await app.api.register(freshCredentials());
    const ready = (): Promise<Answer> => app.operations.request('/readyz');
    await eventually('the projector stops', async () => (await ready()).status === 503);
    expect((await ready()).body).toMatchObject({
      status: 'not_ready',
      projection: { state: 'failed', failure: { stream: userOfPair(pair) } },
    });
    await expectNamed(userOfPair(pair));
  });

  it('roles that are set give none', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    await caughtUp(app.application);
    setRoles(userOfPair(pair));
    expect(codeOf(await app.api.get('me', pair.access_token))).toEqual([503, 'unavailable']);
    expect(codeOf(await app.api.logoutAll(pair.access_token))).toEqual([503, 'unavailable']);
    await expectNamed(userOfPair(pair));
  });

  it('a sign-out that is put out by an earlier event of the device revives nothing', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const { body: next } = await app.api.refresh(pair.refresh_token);
    await app.api.logout(next.refresh_token);
    replay(deviceOf(pair), 1);
    expect(codeOf(await app.api.refresh(next.refresh_token))).toEqual([503, 'unavailable']);
    await expectNamed(deviceOf(pair));
  });

  it('an event of another device that is moved here is refused', async () => {
    const [mine, other] = [await app.api.signedIn(freshCredentials()), await app.api.signedIn(freshCredentials())];
    tool
      .prepare(
        `update events set (type, data, metadata) = (select type, data, metadata from events where ${NEWEST})
         where ${NEWEST}`,
      )
      .run(deviceOf(other), deviceOf(mine));
    expect(codeOf(await app.api.get('me', mine.access_token))).toEqual([503, 'unavailable']);
    await expectNamed(deviceOf(mine));
  });

  it('hurts nobody else: others sign in, refresh and sign out as ever', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    setRoles(userOfPair(pair));
    const other = await app.api.signedIn(freshCredentials());
    const refreshed = await app.api.refresh(other.refresh_token);
    expect(refreshed.status).toBe(200);
    expect((await app.api.logout(refreshed.body.refresh_token)).status).toBe(204);
  });
});

describe('G15: an event that was removed', () => {
  it('shows by a token of the stream that was cut: refused, with a security line, named at /readyz, which stays 200', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const { body: first } = await app.api.refresh(pair.refresh_token);
    const { body: second } = await app.api.refresh(first.refresh_token);
    // Otherwise it would be the newest event of all, without which the start is refused.
    await app.api.register(freshCredentials());
    // A projector that stands at the event itself would refuse to go on.
    await caughtUp(app.application);
    tool.prepare(`delete from events where ${NEWEST}`).run(deviceOf(pair));
    await restart();
    expect(codeOf(await app.api.refresh(second.refresh_token))).toEqual([401, 'token_invalid']);
    const cut = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ event }) => event === 'log_cut');
    expect(cut).toMatchObject({ level: 40, session_id: pair.session_id, user_id: userOf(pair) });
    const ready = await app.operations.request('/readyz');
    expect([ready.status, ready.body]).toMatchObject([200, { log_cut: [pair.session_id] }]);
  });

  it('shows by a family of an epoch beyond its account’s', async () => {
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    await app.api.logoutAll(pair.access_token, true);
    const { body: next } = await app.api.refresh(pair.refresh_token);
    tool.prepare(`delete from events where ${NEWEST}`).run(userOfPair(pair));
    expect((await app.api.refresh(next.refresh_token)).status).toBe(401);
    expect((await app.operations.request('/readyz')).body).toMatchObject({ log_cut: [pair.session_id] });
  });
});
