/** `npm run keys`: lists the signing keys, or rotates them with an overlap in which tokens signed before still verify. */
import { parseArgs } from 'node:util';
import { keysFileOf } from '../src/compose.js';
import { readConfig, type Config } from '../src/config.js';
import { instantOf } from '../src/domain/instant.js';
import { readKeyFile, rotateKeys, verifiesAt, writeKeyFile, type KeyFile } from '../src/security/key-file.js';
import { runScript, UsageError } from './run-script.js';

const USAGE = `npm run keys                              lists the signing keys
npm run keys -- rotate [--overlap-days N]  makes new ones the current ones
  --overlap-days   how long tokens signed before still verify (default: as long as a session may last)
A running server takes them with the signal SIGHUP, or when it is started again.`;

const DAY_MS = 86_400_000;
const MOST_OVERLAP_DAYS = 36_500;

await runScript(USAGE, async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'overlap-days': { type: 'string' } } });
  const [command = 'list', ...more] = positionals;
  if (more.length > 0 || (command !== 'list' && command !== 'rotate'))
    throw new UsageError(`unknown: ${positionals.join(' ')}`);
  const config = readConfig(process.env);
  const file = keysFileOf(config);
  const overlapMs = overlapOf(values['overlap-days'], config);
  let keys = await readKeyFile(file);
  if (command === 'rotate') {
    keys = await rotateKeys(keys, instantOf(Date.now()), overlapMs);
    await writeKeyFile(file, keys);
  }
  list(keys);
  return 0;
});

function overlapOf(days: string | undefined, { lifetimes }: Config): number {
  // As long as a family may live, its oldest token must still be told from a forged one: presenting it is theft.
  if (days === undefined) return lifetimes.absoluteMs;
  const overlap = days.trim() === '' ? NaN : Number(days);
  if (!(overlap >= 0 && overlap <= MOST_OVERLAP_DAYS))
    throw new UsageError(`--overlap-days must be a number from 0 to ${MOST_OVERLAP_DAYS}`);
  return overlap * DAY_MS;
}

function list(keys: KeyFile): void {
  const now = Date.now();
  const rows = [
    ...keys.refresh.map((key, index) => ({ use: 'refresh tokens', key, index })),
    ...keys.access.map((key, index) => ({ use: 'access tokens', key, index })),
  ];
  for (const { use, key, index } of rows) {
    const state = index === 0 ? 'signs' : verifiesAt(key, now) ? `verifies until ${key.retireAt ?? 'rotated'}` : 'retired';
    console.log(`${key.kid.padEnd(14)}${use.padEnd(16)}made ${key.createdAt}  ${state}`);
  }
}
