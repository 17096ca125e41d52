/** Archiving over a whole installation: what goes, what stays, and that nobody is answered otherwise. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { userStream } from '../../src/domain/streams.js';
import type { ArchiveAnswer } from '../../src/operator/archive-actions.js';
import { OperatorInputError, OperatorRefusedError } from '../../src/operator/errors.js';
import { ADA, answersOf, live, revisionsInLog, sealed, type Lived } from '../support/archivable.js';
import { eventually } from '../support/eventually.js';
import { caughtUp } from '../support/log.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DAY_MS = 86_400_000;
const lived = temporaryFolder();
let people: Lived;
beforeAll(async () => {
  people = await live(lived.path);
});
afterAll(() => lived.remove());

let folder: ReturnType<typeof temporaryFolder>;
let data: string;
let app: RunningApp | null;
beforeEach(() => {
  folder = temporaryFolder();
  data = path.join(folder.path, 'data');
  cpSync(lived.path, data, { recursive: true });
  app = null;
});
afterEach(async () => {
  await app?.close();
  folder.remove();
});

async function started(env: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  app = await startApp({ folder: data, env: { SEAL_EVERY_SECONDS: '0.05', ...env } });
  await sealed(app);
  return app;
}
async function stopped(): Promise<void> {
  await app?.close();
  app = null;
}
const archive = (
  { application }: RunningApp,
  more: { readonly daysAgo?: number; readonly out?: string } = {},
): Promise<ArchiveAnswer> =>
  application.operator.archives.archive({
    ...{ before: Date.now() - (more.daysAgo ?? 2) * DAY_MS, out: more.out ?? null, shrink: false },
    ...{ actor: 'operator:ops', onProgress: () => undefined },
  });
const answers = (provable?: readonly string[]): ReturnType<typeof answersOf> =>
  answersOf({ DATA_DIR: data }, people.users, provable);
const stream = (device: string): string => `tokenledger_token-${device}`;

describe('G8, G16: archiving', () => {
  it('moves the old beginning of every device’s stream, and nobody is answered otherwise', async () => {
    const before = await answers();
    const running = await started();
    const whole = await revisionsInLog(running.application);
    const report = await archive(running);
    const left = await revisionsInLog(running.application);
    await sealed(running);
    await stopped();

    const removed = [...whole].map(
      ([name, revisions]) => [name, revisions.length - (left.get(name)?.length ?? 0)] as const,
    );
    const cut = removed.filter(([, events]) => events > 0);
    expect(cut.map(([name]) => name).sort()).toEqual(
      [people.laptop, people.phone, people.stolen, people.left]
        .map(stream)
        .filter((name) => whole.get(name)!.length > 1)
        .sort(),
    );
    expect(report.events).toBe(cut.reduce((sum, [, events]) => sum + events, 0));
    expect(report).toMatchObject({ streams: cut.length, unsealed: 0, finished: null, is_read: true });
    expect(readdirSync(path.join(data, 'archives'))).toEqual([report.archive]);
    for (const [name, revisions] of left) expect(revisions.at(-1)!).toBeGreaterThanOrEqual(whole.get(name)?.at(-1) ?? 0);

    const after = await answers(before.proved);
    expect(before.proved.length).toBeGreaterThanOrEqual(before.exported.length / 2 - 2);
    expect(after.proved).toEqual(before.proved);
    expect(after.exported.filter(({ type }) => type === 'EventsArchived')).toHaveLength(1);
    expect(after.exported.slice(0, before.exported.length)).toEqual(before.exported);
    const { timelines, states, thefts, whatIf } = before;
    expect(after).toMatchObject({ timelines, states, thefts, whatIf, differences: [] });
    expect(thefts).toHaveLength(1);
    expect(after.verified).toMatchObject({ ok: true, findings: [], unsealed: 1 });
    expect(after.verified.events).toBeGreaterThan(before.verified.events);
  });

  it('leaves what a running session needs: its token and the one before are taken, an old one is theft', async () => {
    const running = await started();
    const whole = await revisionsInLog(running.application);
    await archive(running, { daysAgo: 0 });
    const left = await revisionsInLog(running.application);
    // The event of the current token and that of the one before; of a session that has ended, the newest.
    expect(left.get(stream(people.laptop))).toEqual(whole.get(stream(people.laptop))!.slice(-2));
    for (const device of [people.phone, people.stolen])
      expect(left.get(stream(device))).toEqual(whole.get(stream(device))!.slice(-1));
    await stopped();

    const again = await started();
    const { status, body } = await again.api.refresh(people.current.refresh_token);
    expect(status).toBe(200);
    // Each start is another run: an old token is compared with its event, which is in the archive.
    const old = await again.api.refresh(people.first.refresh_token);
    expect([old.status, old.body.code]).toEqual([401, 'token_reused']);
    expect((await again.api.refresh(body.refresh_token)).status).toBe(401);
  });

  it('takes of sessions that ended longer ago than retention what is younger, too', async () => {
    const running = await started({ RETENTION_DAYS: '30' });
    const report = await archive(running, { daysAgo: 1_000 });
    const left = await revisionsInLog(running.application);
    expect(left.get(stream(people.phone))).toHaveLength(1);
    expect(left.get(stream(people.laptop))![0]).toBe(0);
    expect(report.streams).toBeGreaterThanOrEqual(1);
    await stopped();
    const other = await started({ RETENTION_DAYS: '10000' });
    expect(await archive(other, { daysAgo: 1_000 })).toMatchObject({ archive: null, events: 0, position: null });
  });

  it('goes on from archive to archive, and appends nothing where there is nothing to archive', async () => {
    const before = await answers();
    const running = await started({ RETENTION_DAYS: '10000' });
    const reports = [];
    for (const daysAgo of [45, 32, 32, 12, 2]) reports.push(await archive(running, { daysAgo }));
    const nothing = { archive: null, events: 0, streams: 0, bytes: 0, digest: null, position: null };
    expect(reports[2]).toMatchObject(nothing);
    const end = await running.application.eventLog.end();
    expect(await archive(running)).toMatchObject(nothing);
    expect(await running.application.eventLog.end()).toBe(end);
    await sealed(running);
    await stopped();
    expect(readdirSync(path.join(data, 'archives'))).toHaveLength(4);
    const after = await answers();
    const { timelines, states, thefts, whatIf } = before;
    expect(after).toMatchObject({ timelines, states, thefts, whatIf, differences: [] });
    expect(after.verified).toMatchObject({ ok: true, findings: [] });
    expect(after.exported.filter(({ type }) => type === 'EventsArchived')).toHaveLength(4);
  });

  it('shows a device’s history over HTTP as before; without the archive, as far as the log goes back', async () => {
    const running = await started();
    const signedIn = await running.api.signIn(ADA);
    const { session_id: sid } = people.current;
    const history = async (): Promise<readonly { readonly type: string }[]> => {
      const answer = await running.api.get<{ events: { type: string }[] }>(`devices/${sid}/events`, signedIn.access_token);
      return answer.body.events;
    };
    const before = await history();
    expect(before.at(-1)).toMatchObject({ type: 'TokenIssued' });
    await archive(running);
    expect(await history()).toEqual(before);
    renameSync(path.join(data, 'archives'), path.join(folder.path, 'elsewhere'));
    const left = await history();
    expect(left.length).toBeLessThan(before.length);
    expect(left).toEqual(before.slice(0, left.length));
  });

  it('archives nothing that no note covers', async () => {
    const running = await startApp({ folder: data, env: { SEAL_EVERY_SECONDS: '3600', RETENTION_DAYS: '10000' } });
    app = running;
    const { body } = await running.api.refresh(people.current.refresh_token);
    await running.api.refresh(body.refresh_token);
    const report = await archive(running, { daysAgo: 0 });
    const left = await revisionsInLog(running.application);
    const whole = (await running.application.stores.eventStore.readStream(stream(people.laptop))).length;
    // The two that no note covers are those of the current and the previous token, too.
    expect(left.get(stream(people.laptop))).toEqual(Array.from({ length: 2 }, (_, index) => whole - 2 + index));
    expect(report.unsealed).toBeGreaterThanOrEqual(2);
  });

  it('is refused for a moment that is not past, and where a processor has not come so far', async () => {
    const running = await started();
    await expect(archive(running, { daysAgo: -1 })).rejects.toThrow(OperatorInputError);
    const { checkpoints } = running.application.stores;
    await running.application.processing.mailing.mailer.stop();
    const stored = await checkpoints.load('mailer');
    const [first] = await running.application.stores.logStore.readAll({ maxCount: 1 });
    const behind = {
      position: first!.position,
      lastEvent: null,
      state: running.application.eventLog.histories[0]!.historyId,
    };
    expect(await checkpoints.store('mailer', behind, stored?.position ?? null)).toBe(true);
    const refused = archive(running);
    await expect(refused).rejects.toThrow(OperatorRefusedError);
    await expect(refused).rejects.toThrow(/the mailer has come to position 0+1 only.*let it catch up/);
    expect(existsSync(path.join(data, 'archives'))).toBe(false);
  });

  it('does not wait for an idle processor that has nothing to do before that', async () => {
    const running = await started();
    const { checkpoints, logStore } = running.application.stores;
    await running.application.processing.eraser.stop();
    const stored = await checkpoints.load('eraser');
    const [first] = await logStore.readAll({ maxCount: 1 });
    const state = running.application.eventLog.histories[0]!.historyId;
    const behind = { position: first!.position, lastEvent: { position: first!.position, eventId: first!.id }, state };
    await checkpoints.store('eraser', behind, stored?.position ?? null);
    expect((await archive(running)).archive).not.toBeNull();
    // It goes on from there: what is archived is nothing to it.
    await stopped();
    const again = await started();
    const [ada] = people.users;
    await (await again.application.operator.users()).erase(ada!, 'operator:ops');
    const erased = (await again.application.eventLog.readNewest(userStream(ada!)))!.position;
    await eventually('the eraser has come past the erasure', async () => {
      return ((await again.application.stores.checkpoints.load('eraser'))?.position ?? '') >= erased;
    });
  });

  it('makes one archive at a time', async () => {
    const running = await started();
    const [one, other] = await Promise.allSettled([archive(running), archive(running)]);
    expect(one.status).toBe('fulfilled');
    expect(other).toMatchObject({ status: 'rejected', reason: expect.any(OperatorRefusedError) });
  });

  it('can be written elsewhere, and says that nobody reads it there', async () => {
    const running = await started();
    const out = path.join(folder.path, 'out');
    const report = await archive(running, { out });
    expect(report).toMatchObject({ folder: out, is_read: false });
    await stopped();
    // The read model has come past all that is in it.
    const again = await started();
    expect((await again.api.register({ ...ADA, email: 'new@example.com' })).status).toBe(201);
    await caughtUp(again.application);
    await stopped();
    await expect(answers()).rejects.toThrow(new RegExp(`archive ${report.archive}, which is not in ${data}/archives`));
    const { verified } = await answersOf({ DATA_DIR: data, ARCHIVE_DIR: out }, people.users);
    expect(verified).toMatchObject({ ok: true });
  });
});

describe('G16, G18: an archive that is missing or was changed', () => {
  let name: string;
  let events: string;
  beforeEach(async () => {
    const running = await started();
    name = (await archive(running)).archive!;
    await sealed(running);
    await stopped();
    events = path.join(data, 'archives', name, 'events.jsonl');
  });

  const verified = async (): Promise<Awaited<ReturnType<typeof answersOf>>['verified']> => {
    const running = await started();
    const { operator } = running.application;
    const report = await operator.proofs.verify({ against: [], onProgress: () => undefined });
    await stopped();
    return report;
  };

  it('is excused while it is missing: the notes fit by the hashes that are kept', async () => {
    renameSync(path.join(data, 'archives'), path.join(folder.path, 'elsewhere'));
    const report = await verified();
    expect(report).toMatchObject({ ok: true, findings: [], archives_missing: [name] });
    expect(report.sealed_up_to).toBeGreaterThan(20);
  });

  it('excuses nothing else', async () => {
    renameSync(path.join(data, 'archives'), path.join(folder.path, 'elsewhere'));
    const running = await started();
    const left = (await revisionsInLog(running.application)).get(stream(people.laptop))!;
    await running.application.stores.logStore.truncateStream(stream(people.laptop), left[0]! + 1);
    await stopped();
    const { findings } = await verified();
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'removed', stream: stream(people.laptop), revision: left[0] }),
    );
    expect(findings.filter(({ kind }) => kind === 'removed')).toHaveLength(1);
  });

  it.each<readonly [string, (lines: string[]) => string[], string]>([
    ['altered', (lines) => lines.map((line, index) => (index === 3 ? line.replace('"gen":', '"gen":1') : line)), 'altered'],
    ['removed', (lines) => lines.filter((_, index) => index !== 3), 'removed'],
    ['reordered', ([one, two, ...others]) => [two!, one!, ...others], 'altered'],
  ])(
    'is found and named when an event of it is %s',
    async (_, change, kind) => {
      const lines = readFileSync(events, 'utf8').trimEnd().split('\n');
      const changed = change(lines);
      expect(changed).not.toEqual(lines);
      writeFileSync(events, `${changed.join('\n')}\n`);
      const { ok, findings } = await verified();
      expect(ok).toBe(false);
      expect(findings).toContainEqual(
        expect.objectContaining({ kind: 'altered', stream: 'tokenledger_log', detail: expect.stringContaining(name) }),
      );
      expect(findings.map((finding) => finding.kind)).toContain(kind);
    },
    240_000,
  );

  it('is found when its manifest was made to fit', async () => {
    const file = path.join(data, 'archives', name, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, `${JSON.stringify({ ...manifest, before: '2020-01-01T00:00:00.000Z' }, null, 2)}\n`);
    const { findings } = await verified();
    expect(findings).toMatchObject([
      { kind: 'altered', stream: 'tokenledger_log', detail: expect.stringContaining('manifest') },
    ]);
  });

  it('is erased with its user: what is sealed in it opens no more, and every proof stands', async () => {
    const running = await started();
    const [ada] = people.users;
    await (await running.application.operator.users()).erase(ada!, 'operator:ops');
    await sealed(running);
    const audit = await running.application.operator.userAudit();
    const entries = [];
    for await (const entry of audit.timeline(ada!)) entries.push(entry);
    expect(entries[0]).toMatchObject({ revision: 0 });
    expect(entries.some(({ ip }) => ip !== null && ip !== 'erased')).toBe(false);
    const archived = JSON.parse(readFileSync(events, 'utf8').split('\n')[0]!) as { event_id: string };
    expect(await running.application.operator.proofs.prove(archived.event_id)).toContain('c2sp.org/tlog-proof@v1');
    await stopped();
    const after = await answersOf({ DATA_DIR: data }, []);
    expect(after).toMatchObject({ differences: [], verified: { ok: true, findings: [] } });
  });
});
