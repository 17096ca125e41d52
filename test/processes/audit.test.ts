import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VerifyReport } from '../../src/audit/verify.js';
import { runScript } from '../support/script.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const inFolder = (name: string): string => path.join(folder.path, name);
const DATA = inFolder('data');
const KEYS = inFolder('keys.json');
let server: ServerProcess | null = null;

const audit = (dataDir: string, ...args: readonly string[]): ReturnType<typeof runScript> =>
  runScript('audit', { DATA_DIR: dataDir, KEYS_FILE: KEYS }, ...args);
const verified = async (dataDir: string, ...args: readonly string[]): Promise<{ code: number; report: VerifyReport }> => {
  const { code, stdout } = await audit(dataDir, 'verify', '--json', ...args);
  return { code, report: JSON.parse(stdout) as VerifyReport };
};
interface Line {
  readonly event_id: string;
  readonly type: string;
}
const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  await runScript('keys', { DATA_DIR: DATA, KEYS_FILE: KEYS }, 'init');
  const seeded = await runScript(
    'seed',
    { DATA_DIR: DATA, KEYS_FILE: KEYS },
    '--users',
    '3',
    '--devices',
    '2',
    '--days',
    '5',
  );
  expect(seeded.code).toBe(0);
  server = await startServerProcess({ DATA_DIR: DATA, KEYS_FILE: KEYS, SEAL_EVERY_SECONDS: '0.2' });
  while ((await audit(DATA, 'checkpoint')).code !== 0) await sleep(50);
});
afterAll(async () => {
  await server?.end('SIGKILL');
  folder.remove();
});

describe('tokenledger audit', () => {
  it('prints what an auditor keeps, and verifies against it, beside a running server', async () => {
    const note = (await audit(DATA, 'checkpoint')).stdout;
    expect(note).toMatch(/^\S+\n\d+\n[A-Za-z0-9+/]{43}=\n\n— \S+ \S+\n$/);
    writeFileSync(inFolder('a.note'), note);
    writeFileSync(inFolder('key'), (await audit(DATA, 'key')).stdout);
    const origin = note.split('\n')[0]!;
    expect(readFileSync(inFolder('key'), 'utf8')).toMatch(new RegExp(`^${origin.replaceAll('.', '\\.')}\\+[0-9a-f]{8}\\+`));
    const { code, report } = await verified(DATA, '--against', inFolder('a.note'), inFolder('a.note'));
    expect(code).toBe(0);
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.sealed_up_to + report.unsealed).toBe(report.events);
    writeFileSync(inFolder('b.note'), note.replace(/\n\d+\n/, '\n1\n'));
    const forged = await verified(DATA, '--against', inFolder('a.note'), '--against', inFolder('b.note'));
    expect(forged).toMatchObject({ code: 1, report: { ok: false, findings: [{ kind: 'checkpoint_forged' }] } });
  });

  it('verifies against thousands of notes beside a running server; more than it takes is wrong use, no finding', async () => {
    const note = (await audit(DATA, 'checkpoint')).stdout;
    const names = Array.from({ length: 2_000 }, (_, hour) => inFolder(`${hour}.note`));
    for (const name of names) writeFileSync(name, note);
    expect(await verified(DATA, '--against', ...names)).toMatchObject({ code: 0, report: { ok: true, findings: [] } });
    writeFileSync(inFolder('large.note'), 'x'.repeat(16 * 1024 * 1024));
    const { code, output } = await audit(DATA, 'verify', '--against', inFolder('large.note'));
    expect([code, output]).toEqual([2, expect.stringMatching(/^The request is larger than the 16 MiB .*fewer files/)]);
  });

  it('proves an event, which is checked without the log', async () => {
    const exported = (await audit(DATA, 'export')).stdout;
    const [line, other] = exported.split('\n').slice(4, 6) as [string, string];
    writeFileSync(inFolder('event.json'), line);
    writeFileSync(inFolder('other.json'), other);
    const { event_id: id } = JSON.parse(line) as Line;
    expect((await audit(DATA, 'prove', id, '--out', inFolder('a.tlog-proof'))).code).toBe(0);
    expect((await audit(DATA, 'prove', id)).stdout).toBe(readFileSync(inFolder('a.tlog-proof'), 'utf8'));
    const check = (event: string, ...key: readonly string[]): ReturnType<typeof runScript> =>
      audit(inFolder('nowhere'), 'check-proof', inFolder('a.tlog-proof'), '--event', inFolder(event), '--key', ...key);
    const key = readFileSync(inFolder('key'), 'utf8').trim();
    const checked = await check('event.json', key, '--json');
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, event_id: id, index: 4 });
    // People count from 1.
    const said = await check('event.json', inFolder('key'));
    expect(said).toMatchObject({ code: 0, output: expect.stringContaining(`event ${id} is number 5 of the `) as unknown });
    expect((await check('other.json', key)).code).toBe(1);
    expect((await check('event.json', 'no key')).code).toBe(2);
    const unknown = await audit(DATA, 'prove', '00000000-0000-4000-8000-000000000000');
    expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining('no note covers') as unknown });
  });

  it('exports OCSF events, and those of a period alone', async () => {
    const { stdout } = await audit(DATA, 'export', '--format', 'ocsf');
    for (const line of linesOf(stdout) as unknown as { class_uid: number; type_uid: number; activity_id: number }[])
      expect(line).toMatchObject({ class_uid: 3002, category_uid: 3, type_uid: 300_200 + line.activity_id });
    const all = linesOf((await audit(DATA, 'export', '--json')).stdout);
    const early = linesOf((await audit(DATA, 'export', '--to', '2020-01-01')).stdout || '{}');
    expect(early).toEqual([{}]);
    expect(all[0]).toMatchObject({ type: 'LogOpened' });
    expect(stdout).toMatch(/"activity_name":"Logon".*"src_endpoint":\{"ip":"/);
  });

  it('imports what it exported into an empty log, and notes stay valid', async () => {
    const exported = (await audit(DATA, 'export')).stdout;
    writeFileSync(inFolder('log.jsonl'), exported);
    const imported = await audit(inFolder('second'), 'import', inFolder('log.jsonl'), '--json');
    expect(imported.output).toContain('"history_id"');
    expect(JSON.parse(imported.stdout)).toMatchObject({ events: linesOf(exported).length });
    expect(await verified(inFolder('second'), '--against', inFolder('a.note'))).toMatchObject({ code: 0 });
    const again = linesOf((await audit(inFolder('second'), 'export')).stdout);
    const withoutPosition = (lines: readonly Line[]): unknown[] => lines.map((line) => ({ ...line, position: null }));
    expect(withoutPosition(again.slice(0, -1))).toEqual(withoutPosition(linesOf(exported)));
    expect(again.at(-1)).toMatchObject({ type: 'LogRestored' });
    const twice = await audit(inFolder('second'), 'import', inFolder('log.jsonl'));
    expect(twice).toMatchObject({ code: 1, output: expect.stringContaining('not empty') as unknown });
  });

  it('names a file that cannot be used in a sentence', async () => {
    const { event_id: id } = linesOf((await audit(DATA, 'export')).stdout)[0]!;
    for (const [code, ...args] of [
      [1, 'prove', id, '--out', inFolder('nowhere/a.tlog-proof')],
      [1, 'prove', id, '--out', folder.path],
      [2, 'import', folder.path],
      [2, 'import', inFolder('nowhere')],
      [2, 'verify', '--against', folder.path],
    ] as const) {
      const answer = await audit(args[0] === 'import' ? inFolder('fourth') : DATA, ...args);
      expect(answer).toMatchObject({ code, output: expect.stringContaining(args.at(-1)!) as unknown });
      expect(answer.output).not.toMatch(/\n\s+at /);
    }
  });

  it('says nothing of a cover by notes where a log was emptied', async () => {
    const emptied = inFolder('emptied');
    expect((await audit(emptied, 'import', inFolder('log.jsonl'))).code).toBe(0);
    const db = new Database(path.join(emptied, 'tokenledger.db'));
    db.exec('delete from events');
    db.close();
    const { code, output } = await audit(emptied, 'verify');
    expect(code).toBe(1);
    expect(output).toMatch(/^truncated.*\n0 events, 0 checkpoint notes, 1 findings\n$/);
  });

  it('imports nothing of an export that was altered or is not whole', async () => {
    const lines = readFileSync(inFolder('log.jsonl'), 'utf8').trim().split('\n');
    const altered = lines.map((line, index) => (index === 6 ? line.replace('"actor":"', '"actor":"x') : line));
    const cut = lines.filter((line) => !line.includes('"type":"TokenIssued"'));
    for (const [name, text] of [
      ['altered', altered.join('\n')],
      ['cut', cut.join('\n')],
      ['broken', `${lines.join('\n')}\n{`],
      ['other', '{"hello":1}'],
    ] as const) {
      writeFileSync(inFolder(name), text);
      expect(await audit(inFolder(`data-${name}`), 'import', inFolder(name))).toMatchObject({ code: 1 });
      expect(JSON.parse((await audit(inFolder(`data-${name}`), 'verify', '--json')).stdout)).toMatchObject({ events: 0 });
    }
  });

  it('names what another tool did to the log, its own history included, and exports nothing forged', async () => {
    await server?.end('SIGTERM');
    const tamper = (sql: string): void => {
      const db = new Database(path.join(DATA, 'tokenledger.db'));
      db.exec(sql);
      db.close();
    };
    tamper(`update events set metadata = replace(metadata, '"actor":"', '"actor":"x') where position = 5`);
    const { code, report } = await verified(DATA);
    expect(code).toBe(1);
    expect(report.findings[0]).toMatchObject({ kind: 'altered', position: '00000000000000000005' });
    expect((await audit(DATA, 'export')).code).toBe(1);
    tamper(`update events set data = replace(data, 'issuer', 'issued') where position = 1`);
    const worse = await verified(DATA);
    expect(worse.code).toBe(1);
    expect(worse.report.findings[0]).toMatchObject({ kind: 'altered', stream: 'tokenledger_log', revision: 0 });
  });

  it('verifies a log as another tool has left it, in which a stream has two events of one revision', async () => {
    const second = inFolder('second');
    const db = new Database(path.join(second, 'tokenledger.db'));
    db.exec(`drop index events_by_stream; insert into events (stream_id, revision, id, type, data, metadata)
      select stream_id, revision, id, type, data, metadata from events where position = 8`);
    const [newest] = db.prepare('select max(position) from events').raw().get() as [number];
    db.close();
    const { code, report } = await verified(second);
    expect(code).toBe(1);
    expect(report.findings).toMatchObject([
      { position: String(newest).padStart(20, '0'), event_id: expect.any(String) as unknown },
    ]);
    const other = await audit(second, 'export');
    expect(other).toMatchObject({ code: 1, output: expect.stringContaining('audit verify` names them') as unknown });
  });

  it.each([
    [[]],
    [['nothing']],
    [['verify', 'x']],
    [['prove']],
    [['prove', 'x']],
    [['check-proof']],
    [['import']],
    [['export', '--format', 'x']],
    [['export', '--from', 'x']],
  ])('is used wrongly: %j', async (args) => {
    expect(await audit(DATA, ...args)).toMatchObject({
      code: 2,
      output: expect.stringContaining('npx tokenledger audit') as unknown,
    });
  });
});
