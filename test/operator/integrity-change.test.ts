import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { verify, type VerifyReport } from '../../src/audit/verify.js';
import { LOG_STREAM, type tokenStream } from '../../src/domain/streams.js';
import { OutdatedInstanceError } from '../../src/event-store/errors.js';
import type { IntegrityKey } from '../../src/event-store/integrity.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
import {
  changeIntegrityKey,
  type IntegrityChange,
  type IntegrityChangeResult,
} from '../../src/operator/integrity-change.js';
import { listedKeys } from '../../src/operator/key-actions.js';
import { prepareIntegrityKey, startIntegrityKey } from '../../src/security/integrity-keys.js';
import { createKeyFile, readKeyFile, writeKeyFile } from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import { readWholeLog, TestLog } from '../support/event-log/open-test-log.js';
import { freshDevice, issued, NOW, rotated } from '../support/event-log/some-family.js';
import { openTestLeafHashes } from '../support/leaf-hashes.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SECOND = 1_000;

/** A process: its own copy of the key file, the keys that it has taken, and its view of the log. */
interface Instance {
  readonly file: string;
  readonly keys: Keyring;
  readonly log: OpenedLog;
  readonly reload: () => Promise<void>;
}

let folder: ReturnType<typeof temporaryFolder>;
let test: TestLog;
let one: Instance;
let now: number;
let close: () => Promise<void>;
beforeEach(async () => {
  folder = temporaryFolder();
  now = NOW;
  const sqlite = await openSqliteFile(path.join(folder.path, 'log.db'), [EVENT_STORE_JOBS]);
  const store = openEmbeddedEventStore(sqlite);
  close = async () => {
    await store.close();
    await sqlite.close();
  };
  test = new TestLog(store);
  await createKeyFile(fileOf('one'), NOW);
  one = await open('one');
});
afterEach(async () => {
  await close();
  folder.remove();
});

const fileOf = (name: string): string => path.join(folder.path, `${name}.json`);
async function open(name: string): Promise<Instance> {
  const file = fileOf(name);
  const keys = Keyring.from(await readKeyFile(file));
  const log = await test.open({ keys: keys.integrity, now: () => now });
  return { file, keys, log, reload: () => keys.reload(() => readKeyFile(file)) };
}
/** What an operator does between two calls. */
async function distribute(from: Instance, to: Instance): Promise<void> {
  copyFileSync(from.file, to.file);
  await to.reload();
}

const change = (
  { file, keys, log, reload }: Omit<Instance, 'log'> & Pick<IntegrityChange, 'log'>,
  alone: boolean,
): Promise<IntegrityChangeResult> =>
  changeIntegrityKey(
    {
      ...{ file, log, alone, reload, now: () => now, signing: () => keys.integrity.current.kid },
      check: (next) => keys.check(next),
    },
    'operator:olga',
  );
const call = (instance: Instance): Promise<IntegrityChangeResult> => change(instance, false);
const changeAlone = (instance: Instance): Promise<IntegrityChangeResult> => change(instance, true);

type Device = ReturnType<typeof tokenStream>;
const appended = async ({ log }: Instance): Promise<Device> => {
  const device = freshDevice();
  await log.append(device, [{ ...issued(), occurredAt: now }], 'no_stream');
  return device;
};
/** By which key the newest event of a stream is MACed. */
const signerOf = async (device: Device): Promise<string> => {
  const metadata = JSON.parse((await test.recorded(device)).at(-1)!.metadata) as { mac: string };
  return metadata.mac.split('.')[0]!;
};
const changes = async (): Promise<(readonly [unknown, string])[]> =>
  (await one.log.readStream(LOG_STREAM))
    .filter(({ event }) => event.type === 'IntegrityKeyChanged')
    .map(({ event, actor }) => [event.data, actor] as const);
const states = async (): Promise<string[]> =>
  listedKeys(await readKeyFile(one.file), now)
    .filter(({ use }) => use === 'integrity')
    .map(({ kid, state }) => `${kid} ${state}`);
async function verified(): Promise<VerifyReport> {
  const opened = openTestLeafHashes();
  try {
    const { store, prefix } = test;
    const keys = one.keys.integrity;
    return await verify({ store, prefix, keys, noteKeys: [], leaves: opened.leaves, against: [], mark: null });
  } finally {
    await opened.close();
  }
}

describe('a change of the integrity key by a process that is alone', () => {
  it('is one call: what the former key has signed stays valid, and what it signs later is refused', async () => {
    const former = one.keys.integrity.current;
    const device = await appended(one);
    const { outcome, kid } = await changeAlone(one);
    expect([outcome, kid === former.kid]).toEqual(['changed', false]);
    expect(await changes()).toEqual([[{ kid }, 'operator:olga']]);
    expect(await states()).toEqual([`${kid} signs`, `${former.kid} kept`]);
    await one.log.append(device, [rotated(1)], 0);
    expect(await signerOf(device)).toBe(kid);
    expect(await readWholeLog(await test.open({ keys: one.keys.integrity }))).toHaveLength(3);
    expect(await verified()).toMatchObject({ ok: true, events: 4 });

    await forge(device, former);
    await expect(one.log.readNewest(device)).rejects.toMatchObject({ kind: 'altered', revision: 2 });
    expect(await verified()).toMatchObject({ ok: false, findings: [{ kind: 'altered', revision: 2 }] });
  });

  it('lets no append be signed by the former key behind it, however many race with it', async () => {
    const racing: Promise<Device>[] = [];
    const changing = changeAlone(one);
    const state = { isOver: false };
    void changing.finally(() => (state.isOver = true));
    while (!state.isOver) {
      racing.push(appended(one));
      await new Promise(setImmediate);
    }
    const { kid } = await changing;
    const devices = await Promise.all(racing);
    expect(await signerOf(await appended(one))).toBe(kid);
    expect(await readWholeLog(await test.open({ keys: one.keys.integrity }))).toHaveLength(devices.length + 2);
  });

  it('goes on where it was interrupted', async () => {
    const keys = await readKeyFile(one.file);
    const prepared = prepareIntegrityKey(keys, NOW);
    const next = { outcome: 'changed', kid: prepared.nextIntegrity!.kid };
    await writeKeyFile(one.file, prepared);
    expect(await changeAlone(one)).toEqual(next);
    const twice = prepareIntegrityKey(await readKeyFile(one.file), NOW);
    await writeKeyFile(one.file, startIntegrityKey(twice, NOW));
    expect(await changeAlone(one)).toEqual({ outcome: 'changed', kid: twice.nextIntegrity!.kid });
    expect((await changes()).map(([data]) => data)).toEqual([{ kid: next.kid }, { kid: twice.nextIntegrity!.kid }]);
  });

  it('ends a former key before the next one signs, and takes a key file of before the end', async () => {
    const keys = await readKeyFile(one.file);
    const second = startIntegrityKey(prepareIntegrityKey(keys, NOW), NOW);
    const third = prepareIntegrityKey(second, NOW);
    await writeKeyFile(one.file, third);
    expect(await changeAlone(one)).toEqual({ outcome: 'changed', kid: second.integrity[0]!.kid });
    expect(await readKeyFile(one.file)).toEqual(third);
    const { kid } = third.nextIntegrity!;
    expect(await changeAlone(one)).toEqual({ outcome: 'changed', kid });
    await writeKeyFile(one.file, third);
    expect(await changeAlone(one)).toEqual({ outcome: 'changed', kid });
    expect((await readKeyFile(one.file)).integrity[0]!.kid).toBe(kid);
    expect(await changes()).toHaveLength(2);
  });

  it('is over when somebody else has finished it meanwhile', async () => {
    let reads = 0;
    const slow = {
      ...one,
      log: {
        readKeyInForce: async () => {
          reads += 1;
          if (reads === 2) await changeAlone(one);
          return one.log.readKeyInForce();
        },
        lastUseOfOthers: () => null,
        changeIntegrityKey: () => Promise.reject(new Error('not reached')),
      },
    };
    expect(await change(slow, true)).toEqual({ outcome: 'changed', kid: one.keys.integrity.current.kid });
    expect(await changes()).toHaveLength(1);
    expect(await states()).toHaveLength(2);
  });

  it('is one change when two operators ask at once', async () => {
    const [first, second] = await Promise.all([changeAlone(one), changeAlone(one)]);
    expect(second).toEqual(first);
    expect(await changes()).toHaveLength(1);
    expect((await readKeyFile(one.file)).integrity).toHaveLength(2);
  });
});

describe('a change of the integrity key where there are several processes', () => {
  let other: Instance;
  beforeEach(async () => {
    copyFileSync(one.file, fileOf('other'));
    other = await open('other');
  });

  it('is three calls, during which all of them read and append', async () => {
    const former = one.keys.integrity.current;
    const added = await call(one);
    const { kid } = added;
    expect(added.outcome).toBe('added');
    expect(await states()).toEqual([`${kid} waits`, `${former.kid} signs`]);
    expect(await signerOf(await appended(one))).toBe(former.kid);
    await distribute(one, other);
    expect(await signerOf(await appended(other))).toBe(former.kid);

    now += 30 * SECOND;
    expect(await call(one)).toEqual({ outcome: 'signs', kid });
    expect(await states()).toEqual([`${kid} signs`, `${former.kid} kept`]);
    // Before the other has that file, each reads what the other signs.
    const [byOne, byOther] = [await appended(one), await appended(other)];
    expect([await signerOf(byOne), await signerOf(byOther)]).toEqual([kid, former.kid]);
    expect([await other.log.readNewest(byOne), await one.log.readNewest(byOther)]).not.toContain(null);
    await distribute(one, other);

    now += 70 * SECOND;
    expect(await call(other)).toEqual({ outcome: 'changed', kid });
    expect(await changes()).toEqual([[{ kid }, 'operator:olga']]);
    const last = await appended(one);
    expect([await signerOf(last), (await verified()).ok]).toEqual([kid, true]);
    expect(await readWholeLog(one.log)).toHaveLength(6);
    await forge(last, former);
    for (const { log } of [one, other])
      await expect(log.readNewest(last)).rejects.toMatchObject({ kind: 'altered', revision: 1 });
  });

  it('is refused while nobody else can have the new key', async () => {
    const { kid } = await call(one);
    now += 10 * SECOND - 1;
    const before = await readKeyFile(one.file);
    await expect(call(one)).rejects.toThrow(/was added only at .* send SIGHUP to every instance/);
    await expect(call(one)).rejects.toThrow(OperatorRefusedError);
    expect(await readKeyFile(one.file)).toEqual(before);
    now += 1;
    expect(await call(one)).toEqual({ outcome: 'signs', kid });
  });

  it('is refused until the new key has signed for 70 seconds', async () => {
    const { kid } = await call(one);
    now += 10 * SECOND;
    await call(one);
    now += 70 * SECOND - 1;
    await expect(call(one)).rejects.toThrow(
      /signs only since 2026-01-31T12:00:10.000Z. Repeat this at 2026-01-31T12:01:20.000Z/,
    );
    expect(await changes()).toEqual([]);
    now += 1;
    expect(await call(one)).toEqual({ outcome: 'changed', kid });
  });

  it('is refused while an instance still signs with the former key', async () => {
    await call(one);
    await distribute(one, other);
    now += 10 * SECOND;
    await call(one);
    now += 100 * SECOND;
    await one.log.readNewest(await appended(other));
    await expect(call(one)).rejects.toThrow(/an event of 2026-01-31T12:01:50.000Z is still signed by another key/);
    await distribute(one, other);
    now += 70 * SECOND;
    expect(await call(one)).toMatchObject({ outcome: 'changed' });
  });

  it('is refused by an instance that has not reloaded the file itself, and does so', async () => {
    await call(one);
    await distribute(one, other);
    now += 10 * SECOND;
    const { kid } = await call(one);
    now += 100 * SECOND;
    copyFileSync(one.file, other.file);
    await expect(call(other)).rejects.toThrow('signs with integrity key');
    expect([other.keys.integrity.current.kid, await changes()]).toEqual([kid, []]);
    expect(await call(other)).toEqual({ outcome: 'changed', kid });
  });

  it('stops an instance that was left out, until it has the key', async () => {
    await call(one);
    await distribute(one, other);
    now += 10 * SECOND;
    await call(one);
    now += 70 * SECOND;
    await call(one);
    await other.log.readStream(LOG_STREAM);
    await expect(appended(other)).rejects.toThrow(OutdatedInstanceError);
    await distribute(one, other);
    await appended(other);
  });

  it('is refused for a key that was replaced before, and by an instance that does not know the one in force', async () => {
    const old = await readKeyFile(one.file);
    await changeAlone(one);
    await expect(call(other)).rejects.toMatchObject({ kind: 'key_missing' });
    const { integrity, ...others } = await readKeyFile(one.file);
    await writeKeyFile(one.file, { ...others, integrity: integrity.toReversed() });
    await one.reload();
    await expect(changeAlone(one)).rejects.toThrow(`integrity key ${old.integrity[0]!.kid} was replaced before`);
    await expect(changeAlone(one)).rejects.toThrow(OperatorRefusedError);
  });
});

/** What somebody appends who has a former key and may write to the log. */
async function forge(device: Device, key: IntegrityKey): Promise<void> {
  const revision = (await test.recorded(device)).length;
  const historyId = one.log.histories.at(-1)!.historyId;
  await test.forge(device, test.stored(rotated(revision), { stream: device, revision, historyId, key }));
}
