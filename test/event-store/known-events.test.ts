import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { registerUser, revokeAllTokens } from '../../src/domain/account/decide.js';
import { tokenStream, userStream } from '../../src/domain/streams.js';
import { StreamDestroyedError } from '../../src/event-store/errors.js';
import { RefusedEventError, type NewEvent } from '../../src/event-store/event-log.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { TestLog } from '../support/event-log/open-test-log.js';
import { aFamily, newEvent, NOW } from '../support/event-log/some-family.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const databaseFile = path.join(folder.path, 'tokenledger.db');
let file: SqliteFile;
let log: OpenedLog;
let test: TestLog;

beforeAll(async () => {
  file = await SqliteFile.open(databaseFile, { jobs: [EVENT_STORE_JOBS] });
  test = new TestLog(openEmbeddedEventStore(file));
  log = await test.open();
});
afterAll(async () => {
  await file.close();
  folder.remove();
});

const registered = registerUser({ email: 'e', name: null, emailKey: 'k', passwordHash: 'h' });
const about = <E extends NewEvent['event']>(event: E): NewEvent<E> => ({
  ...{ id: randomUUID(), occurredAt: NOW, actor: 'user', correlationId: 'c', event },
});

/** What somebody does with the file beside the running process. */
function byAnotherTool(sql: string, ...parameters: string[]): void {
  const db = new Database(databaseFile, { timeout: 5_000 });
  db.prepare(sql).run(parameters);
  db.close();
}

describe('events that were checked before', () => {
  it('are given as another process decodes them', async () => {
    const [userId, id] = [randomUUID(), randomUUID()];
    const user = userStream(userId);
    const device = tokenStream(userId, randomUUID());
    const family = { ...aFamily(), token: { ...aFamily().token, jti: id } };
    await log.append(user, [about(registered)], 'no_stream');
    const revoked = revokeAllTokens(registered.data.account, { kept: null, reason: 'logout_all' })!;
    await log.append(user, [about(revoked), about(revoked)], 0);
    await log.append(
      device,
      [newEvent({ type: 'TokenIssued', data: { family, deviceName: null, client: null } }, id)],
      'no_stream',
    );
    const another = await test.open();
    for (const stream of [user, device]) {
      const events = await log.readStream<'user' | 'token'>(stream);
      expect(events).toEqual(await another.readStream<'user' | 'token'>(stream));
      expect(await log.readNewest<'user' | 'token'>(stream)).toEqual(events.at(-1));
    }
  });

  it.each(['data', 'metadata', 'type'])(
    'are refused once their %s are altered, however often they were read',
    async (column) => {
      const user = userStream(randomUUID());
      const event = about(registered);
      await log.append(user, [event], 'no_stream');
      await log.readNewest(user);
      await log.readNewest(user);
      byAnotherTool(
        `update events set ${column} = replace(replace(${column}, 'h', 'x'), 'User', 'Xser') where id = unhex(?)`,
        hex(event.id),
      );
      await expect(log.readNewest(user)).rejects.toThrow(RefusedEventError);
    },
  );

  it('are refused at another revision and in another stream', async () => {
    const [one, other] = [userStream(randomUUID()), userStream(randomUUID())];
    const event = about(registered);
    await log.append(one, [event], 'no_stream');
    await log.readNewest(one);
    await log.append(other, [about(registered)], 'no_stream');
    byAnotherTool(`update events set revision = 1 where id = unhex(?)`, hex(event.id));
    // As after a soft deletion: it was to begin its stream.
    await expect(log.readNewest(one)).rejects.toThrow(StreamDestroyedError);
    byAnotherTool(
      `update events set stream_id = (select id from streams where name = ?) where id = unhex(?)`,
      test.name(other),
      hex(event.id),
    );
    await expect(log.readNewest(other)).rejects.toThrow(RefusedEventError);
  });

  it('are refused where another history of the log is in force', async () => {
    const user = userStream(randomUUID());
    const event = about(registered);
    await log.append(user, [event], 'no_stream');
    await log.readNewest(user);
    await log.restore({ refuseOlder: false, actor: 'operator:test' });
    byAnotherTool(`update events set position = (select max(position) + 1 from events) where id = unhex(?)`, hex(event.id));
    await expect(log.readNewest(user)).rejects.toThrow(RefusedEventError);
  });
});

function hex(id: string): string {
  return id.replaceAll('-', '');
}
