/** `npm run keys`: makes the key file of an installation, lists its signing keys, or rotates them with an overlap. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keysFileOf } from '../src/compose.js';
import { MOST_DAYS, readConfig, type Config } from '../src/config.js';
import { instantOf } from '../src/domain/instant.js';
import {
  createNewKeyFile,
  prepareKeys,
  readKeyFile,
  rotateKeys,
  verifiesAt,
  writeKeyFile,
  type KeyFile,
} from '../src/security/key-file.js';
import { embeddedFile } from '../src/stores.js';
import { RefusedError, runScript, UsageError } from './run-script.js';

const USAGE = `npm run keys                              lists the signing keys
npm run keys -- init [--if-missing]        makes the key file of a new installation, at KEYS_FILE
  --if-missing     leaves a file that is there as it is, instead of refusing
npm run keys -- prepare                    adds keys that verify already and sign from the next rotation on
npm run keys -- rotate [--overlap-days N]  makes the prepared ones, or new ones, the current ones
  --overlap-days   how long tokens signed before still verify (default: as long as a session may last)
A running server takes them with the signal SIGHUP, or when it is started again.`;

const DAY_MS = 86_400_000;
const COMMANDS = ['list', 'init', 'prepare', 'rotate'] as const;

await runScript(USAGE, async () => {
  const { command, ifMissing, overlapDays } = options();
  const config = readConfig(process.env);
  const file = keysFileOf(config);
  const overlapMs = overlapOf(overlapDays, config);
  const now = instantOf(Date.now());
  if (command === 'init') await init(config, { file, now, ifMissing });
  let keys = await readKeyFile(file);
  if (command === 'prepare') keys = await prepareKeys(keys, now);
  if (command === 'rotate') keys = await rotateKeys(keys, now, overlapMs);
  if (command === 'prepare' || command === 'rotate') await writeKeyFile(file, keys);
  list(keys);
  return 0;
});

async function init(
  { keysFile, dataDir }: Config,
  { file, now, ifMissing }: { readonly file: string; readonly now: string; readonly ifMissing: boolean },
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
}

function options(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'overlap-days': { type: 'string' }, 'if-missing': { type: 'boolean', default: false } },
  });
  const [name = 'list', ...more] = positionals;
  const command = COMMANDS.find((one) => one === name);
  if (command === undefined || more.length > 0) throw new UsageError(`unknown: ${positionals.join(' ')}`);
  const { 'if-missing': ifMissing, 'overlap-days': overlapDays } = values;
  if (ifMissing && command !== 'init') throw new UsageError('--if-missing is for init');
  if (overlapDays !== undefined && command !== 'rotate') throw new UsageError('--overlap-days is for rotate');
  return { command, ifMissing, overlapDays };
}

function overlapOf(days: string | undefined, { lifetimes }: Config): number {
  // As long as a family may live, its oldest token must still be told from a forged one: presenting it is theft.
  if (days === undefined) return lifetimes.absoluteMs;
  const number = Number(days);
  if (days.trim() === '' || !(number >= 0 && number <= MOST_DAYS))
    throw new UsageError(`--overlap-days must be from 0 to ${MOST_DAYS}`);
  return number * DAY_MS;
}

function list(keys: KeyFile): void {
  const rows = [
    ...keys.refresh.map((key, index) => ({ use: 'refresh tokens', key, index })),
    ...keys.access.map((key, index) => ({ use: 'access tokens', key, index })),
  ];
  for (const { use, key, index } of rows) {
    const state = index === 0 ? 'signs' : stateOf(key.retireAt);
    console.log(`${key.kid.padEnd(14)}${use.padEnd(16)}made ${key.createdAt}  ${state}`);
  }
}

/** What a key does that does not sign. */
function stateOf(retireAt: string | undefined): string {
  if (retireAt === undefined) return 'verifies, signs from the next rotation on';
  return verifiesAt({ retireAt }, Date.now()) ? `verifies until ${retireAt}` : 'retired';
}
