import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import type { Application } from '../../src/compose/application.js';
import { tokenStream, userStream } from '../../src/domain/streams.js';
import type { EventLog, LogEvent } from '../../src/event-store/event-log.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openEventLog, type OpenedLog } from '../../src/event-store/open-event-log.js';
import { readKeyFile } from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import type { Pair } from './api-client.js';

type WithLog = Pick<Application, 'eventLog'>;

/** The events of the device of a token pair. */
export function eventsOnDevice({ eventLog }: WithLog, pair: Pair): Promise<readonly LogEvent<'token'>[]> {
  return eventLog.readStream(tokenStream(userOf(pair), pair.device_id));
}

export async function typesOnDevice(application: WithLog, pair: Pair): Promise<string[]> {
  return (await eventsOnDevice(application, pair)).map(({ event }) => event.type);
}

/** The events of the user of a token pair. */
export function eventsOfUser({ eventLog }: WithLog, pair: Pair): Promise<readonly LogEvent<'user'>[]> {
  return eventLog.readStream(userStream(userOf(pair)));
}

export function userOf({ access_token: token }: Pick<Pair, 'access_token'>): string {
  return decodeJwt<{ sub: string }>(token).sub;
}

/** The whole log, oldest first. */
export async function wholeLog(eventLog: Pick<EventLog, 'readAll'>): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for (let after = ''; ;) {
    const page = await eventLog.readAll({ maxCount: 1_000, ...(after === '' ? {} : { after }) });
    events.push(...page.events);
    if (page.isEnd) return events;
    after = page.position;
  }
}

/** Resolves once the read model shows the whole log; rejects if it does not in time. */
export async function caughtUp(
  { eventLog, context }: Pick<Application, 'eventLog' | 'context'>,
  timeoutMs = 60_000,
): Promise<void> {
  const end = await eventLog.end();
  if (end !== null && !(await context.waitForPosition(end, timeoutMs)))
    throw new Error(`the read model does not show ${end} within ${timeoutMs} ms`);
}

/** The log of an installation by its key file, in the event store. */
export async function openTestLog(store: EventStore, env: Readonly<Record<string, string>>): Promise<OpenedLog> {
  const keyring = Keyring.from(await readKeyFile(env.KEYS_FILE ?? ''));
  return openEventLog({
    ...{ store, prefix: 'tokenledger_', keys: keyring.integrity, issuer: env.ISSUER ?? '', runSuffix: null },
    ...{ now: Date.now, newId: randomUUID, mayOpen: false },
  });
}
