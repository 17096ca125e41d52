import { readToolConfig } from '../../src/config.js';
import { SEAL_STREAM, tokenStream } from '../../src/domain/streams.js';
import { operate } from '../../src/operator/operations.js';
import { openInstallation } from '../../src/compose/open-installation.js';
import { checkProof } from '../../src/audit/tlog-proof.js';
import { parseVerifierKey } from '../../src/audit/verifier-key.js';
import { leafRecord } from '../../src/event-store/event-record.js';
import { eventOfLine, type ExportLine } from '../../src/event-store/export-line.js';
import type { VerifyReport } from '../../src/audit/verify.js';
import type { Application } from '../../src/compose/application.js';
import type { Pair } from './api-client.js';
import { eventually } from './eventually.js';
import { caughtUp, userOf } from './log.js';
import { startApp, type RunningApp } from './running-app.js';

const DAY_MS = 86_400_000;

/** Who lived in the installation, and what they hold out at its end. */
export interface Lived {
  readonly users: readonly string[];
  /** A session that goes on: its token, and the one before it. */
  readonly current: Pair;
  readonly previous: Pair;
  /** The first token of that session. */
  readonly first: Pair;
  /** The devices, as `user.device`. */
  readonly laptop: string;
  readonly phone: string;
  readonly stolen: string;
  readonly left: string;
}

export const ADA = { email: 'ada@example.com', password: 'violet harbor lantern' };
const GRACE = { email: 'grace@example.com', password: 'violet meadow lantern' };

/**
 * Sixty days of an installation up to now, all of it covered by a note: a session that is used to the end, one that was signed out long
 * ago, one that was stolen, and one that was left. Ends with the process stopped.
 */
export async function live(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Lived> {
  const lived = await liveThrough(folder, env);
  // The sweep at the start notes what has expired.
  const app = await startApp({ folder, env: { SEAL_EVERY_SECONDS: '0.05', ...env } });
  try {
    const [userId = '', deviceId = ''] = lived.left.split('.');
    await eventually('the session that was left is noted as expired', async () => {
      return (await app.application.eventLog.readNewest(tokenStream(userId, deviceId)))?.event.type === 'TokenExpired';
    });
    await sealed(app);
    return lived;
  } finally {
    await app.close();
  }
}

async function liveThrough(folder: string, env: Readonly<Record<string, string>>): Promise<Lived> {
  const end = Date.now() - 60_000;
  let now = end - 60 * DAY_MS;
  const app = await startApp({ folder, env, now: () => now });
  try {
    const at = (daysAgo: number): void => void (now = end - daysAgo * DAY_MS);
    const { api } = app;
    const refreshed = async ({ refresh_token: token }: Pair): Promise<Pair> => (await api.refresh(token)).body;
    const first = await api.signedIn(ADA);
    at(50);
    let [previous, current] = [first, first];
    const turn = async (): Promise<void> => void ([previous, current] = [current, await refreshed(current)]);
    for (const day of [57, 54]) {
      at(day);
      await turn();
    }
    at(50);
    let phone = await api.signIn(ADA, { device_name: 'Phone' });
    await turn();
    for (const day of [46, 43]) {
      at(day);
      await turn();
      phone = await refreshed(phone);
    }
    at(41);
    await api.logout(phone.refresh_token);
    await turn();
    at(35);
    const stolen = await api.signedIn(GRACE);
    const next = await refreshed(stolen);
    const left = await api.signIn(GRACE);
    await turn();
    at(33);
    await refreshed(next);
    await refreshed(stolen);
    for (const day of [30, 25, 20, 15, 10, 5, 1, 0]) {
      at(day);
      await turn();
    }
    await caughtUp(app.application);
    const device = (pair: Pair): string => `${userOf(pair)}.${pair.device_id}`;
    return {
      ...{ users: [userOf(first), userOf(stolen)], current, previous, first },
      ...{ laptop: device(first), phone: device(phone), stolen: device(stolen), left: device(left) },
    };
  } finally {
    await app.close();
  }
}

/** Resolves once a note covers the log and the read model shows it. */
export async function sealed({ application }: Pick<RunningApp, 'application'>): Promise<void> {
  await caughtUp(application);
  await eventually('a note covers the log', async () => {
    const note = await application.eventLog.readNewest(SEAL_STREAM);
    const newest = await application.stores.logStore.readAll({ maxCount: 100_000 });
    // An event may come between what a note covers and the note.
    return note !== null && newest.at(-1)?.id === note.id && newest.at(-2)?.position === note.event.data.position;
  });
}

/** What auditors are answered. */
export interface Answers {
  readonly exported: readonly ExportLine[];
  readonly timelines: readonly unknown[];
  readonly states: readonly unknown[];
  readonly thefts: readonly unknown[];
  readonly whatIf: readonly unknown[];
  /** The ids of events, of those that were asked for, whose proofs show that they stand in the log that the newest note signs. */
  readonly proved: readonly string[];
  readonly verified: VerifyReport;
  readonly differences: readonly unknown[];
}

/** Asks all of it, where no server runs. `provable`: the ids of the events to prove; default: some of the whole log. */
export async function answersOf(
  env: Readonly<Record<string, string>>,
  users: readonly string[],
  provable?: readonly string[],
): Promise<Answers> {
  const installation = openInstallation(readToolConfig(env));
  const ask = async (name: string, input: object): Promise<object[]> => {
    const answer = operate(installation, name, input);
    if (!(Symbol.asyncIterator in answer)) return [await answer];
    const found: object[] = [];
    for await (const value of answer) if (!('progress' in value)) found.push(value);
    return found;
  };
  const days = Array.from({ length: 13 }, (_, index) => Date.now() - index * 5 * DAY_MS - DAY_MS / 2);
  try {
    const timelines = [];
    const states = [];
    for (const user of users) {
      timelines.push(await ask('audit.timeline', { user, from: null, to: null }));
      for (const at of days) {
        // The moment differs from one call to the next.
        const [state] = await ask('audit.state', { user, at, position: null });
        states.push({ ...state, at: null });
      }
    }
    const [verified] = (await ask('audit.verify', { against: [] })) as [VerifyReport];
    const [rebuilt] = (await ask('rebuild', { check: true })) as [{ readonly differences: readonly unknown[] }];
    const exported = (await ask('audit.export', { from: null, to: null, format: 'jsonl' })) as ExportLine[];
    const [{ key }] = (await ask('audit.key', {})) as [{ readonly key: string }];
    const verifier = parseVerifierKey(key);
    if (verifier === null) throw new Error('the verifier key cannot be read');
    const proved: string[] = [];
    const wanted = provable ?? exported.slice(0, -2).flatMap(({ event_id: id }, index) => (index % 2 === 0 ? [id] : []));
    for (const id of wanted) {
      const [{ proof }] = (await ask('audit.prove', { event_id: id })) as [{ readonly proof: string }];
      const line = exported.find(({ event_id: of }) => of === id);
      const event = line === undefined ? null : eventOfLine(line);
      if (event !== null && checkProof(proof, leafRecord(event), verifier).ok) proved.push(id);
    }
    return {
      ...{ timelines, states, verified, differences: rebuilt.differences, exported, proved },
      thefts: await ask('audit.theft', { user: null }),
      whatIf: await ask('audit.what-if', { grace_ms: 0, idle_ms: 2 * DAY_MS, absolute_ms: null }),
    };
  } finally {
    await installation.close();
  }
}

/** The log itself, without archives: of each stream the revisions that are there. */
export async function revisionsInLog({
  stores,
}: Pick<Application, 'stores'>): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, number[]>();
  for (const { stream, revision } of await stores.logStore.readAll({ maxCount: 100_000 }))
    found.set(stream, [...(found.get(stream) ?? []), revision]);
  return found;
}
