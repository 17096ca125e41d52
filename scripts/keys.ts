/** `npm run keys`: makes the key file of an installation, lists its signing keys, or rotates them with an overlap. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keysFileOf } from '../src/compose.js';
import { MOST_DAYS, readConfig, type Config } from '../src/config.js';
import { createNewKeyFile, readKeyFile, writeKeyFile } from '../src/security/key-file.js';
import type { KeyFile } from '../src/security/key-file-shape.js';
import { prepareKeys, rotateKeys, ROTATION_DELAY_MS } from '../src/security/key-rotation.js';
import { signingAt, verifiesAt, waitsAt, type Schedule } from '../src/security/key-schedule.js';
import { embeddedFile } from '../src/stores.js';
import { RefusedError, runScript, UsageError } from './run-script.js';

const USAGE = `npm run keys                              lists the keys
npm run keys -- init [--if-missing]        makes the key file of a new installation, at KEYS_FILE
  --if-missing     leaves a file that is there as it is, instead of refusing
npm run keys -- prepare                    adds keys that verify already and sign from the next rotation on
npm run keys -- rotate [--overlap-days N] [--now]  makes the prepared ones, or new ones, sign 70 seconds later
  --overlap-days   how long tokens signed before still verify (default: as long as a session may last)
  --now            the new keys sign at once: for a key that has leaked
A running server takes them with the signal SIGHUP, or when it is started again.`;

const DAY_MS = 86_400_000;
// For clocks of verifiers that are behind ours.
const CLOCK_SKEW_MS = 5 * 60_000;
// Longer than any code in a mail lives.
const MAIL_OVERLAP_MS = 2 * DAY_MS;
const COMMANDS = ['list', 'init', 'prepare', 'rotate'] as const;

await runScript(USAGE, async () => {
  const { command, ifMissing, overlapDays, atOnce } = options();
  const config = readConfig(process.env);
  const file = keysFileOf(config);
  const overlapMs = overlapOf(overlapDays, config);
  const now = Date.now();
  if (command === 'init') await init(config, { file, now, ifMissing });
  let keys = await readKeyFile(file);
  // A start makes a key of another algorithm if one is configured.
  const { alg } = signingAt(keys.access, now) ?? { alg: 'EdDSA' };
  if (command === 'prepare') keys = await prepareKeys(keys, now, alg);
  if (command === 'rotate')
    keys = await rotateKeys(keys, now, {
      alg,
      overlapMs,
      accessOverlapMs: Math.min(overlapMs, config.accessTokenMs + CLOCK_SKEW_MS),
      mailOverlapMs: Math.min(overlapMs, MAIL_OVERLAP_MS),
      delayMs: atOnce ? 0 : ROTATION_DELAY_MS,
    });
  if (command === 'prepare' || command === 'rotate') await writeKeyFile(file, keys);
  list(keys, now);
  return 0;
});

async function init(
  { keysFile, dataDir }: Config,
  { file, now, ifMissing }: { readonly file: string; readonly now: number; readonly ifMissing: boolean },
): Promise<void> {
  // As at the start of the server; of a file elsewhere nobody knows which data it is for.
  if (keysFile === null && !existsSync(file) && existsSync(embeddedFile(dataDir)))
    throw new RefusedError(`the data in ${dataDir} needs the keys it was written with: put them back to ${file}`);
  if (!(await createNewKeyFile(file, now)) && !ifMissing)
    throw new RefusedError(`there are keys in ${file} already; what they protect cannot be read with others`);
}

interface Options {
  readonly command: (typeof COMMANDS)[number];
  readonly ifMissing: boolean;
  readonly overlapDays: string | undefined;
  readonly atOnce: boolean;
}

function options(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'overlap-days': { type: 'string' },
      'if-missing': { type: 'boolean', default: false },
      now: { type: 'boolean', default: false },
    },
  });
  const [name = 'list', ...more] = positionals;
  const command = COMMANDS.find((one) => one === name);
  if (command === undefined || more.length > 0) throw new UsageError(`unknown: ${positionals.join(' ')}`);
  const { 'if-missing': ifMissing, 'overlap-days': overlapDays, now: atOnce } = values;
  if (ifMissing && command !== 'init') throw new UsageError('--if-missing is for init');
  if (overlapDays !== undefined && command !== 'rotate') throw new UsageError('--overlap-days is for rotate');
  if (atOnce && command !== 'rotate') throw new UsageError('--now is for rotate');
  return { command, ifMissing, overlapDays, atOnce };
}

function overlapOf(days: string | undefined, { lifetimes }: Config): number {
  // As long as a family may live, its oldest token must still verify: presenting it is theft, a forged one is not.
  if (days === undefined) return lifetimes.absoluteMs;
  const number = Number(days);
  if (days.trim() === '' || !(number >= 0 && number <= MOST_DAYS))
    throw new UsageError(`--overlap-days must be from 0 to ${MOST_DAYS}`);
  return number * DAY_MS;
}

type Listed = Schedule & { readonly kid: string; readonly createdAt: string; readonly alg?: string };

/** Each key on a line: its name, kind, algorithm, when it was made, and what it does now. */
function list(keys: KeyFile, now: number): void {
  for (const kind of ['refresh', 'access', 'mail'] as const) {
    const signer = signingAt<Listed>(keys[kind], now);
    for (const key of keys[kind]) print(kind, key, stateOf(key, signer, now));
  }
  for (const kind of ['integrity', 'notes'] as const)
    keys[kind].forEach((key, index) => print(kind, key, index === 0 ? 'signs' : 'verifies'));
  keys.master.forEach(({ id, createdAt }, index) => {
    print('master', { kid: id, createdAt }, index === 0 ? 'wraps' : 'unwraps');
  });
}

function print(kind: string, { kid, createdAt, alg = '' }: Listed, state: string): void {
  console.log(`${kid.padEnd(14)}${kind.padEnd(11)}${alg.padEnd(7)}made ${createdAt}  ${state}`);
}

function stateOf(key: Listed, signer: Listed | null, now: number): string {
  const until = key.retireAt === undefined ? '' : `, verifies until ${key.retireAt}`;
  if (key === signer) return `signs${until}`;
  if (waitsAt(key, now)) return `verifies, signs from ${key.signsFrom ?? 'the next rotation on'}`;
  return verifiesAt(key, now) ? until.slice(2) : 'retired';
}
