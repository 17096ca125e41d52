import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { prepareDataDir } from '../../src/config/data-dir.js';
import { dataFiles } from '../../src/config/data-files.js';
import { MAX_DAYS } from '../../src/config/token-variables.js';
import type { IntegrityChangeResult } from '../../src/operator/integrity-change.js';
import type { ListedKey } from '../../src/operator/key-actions.js';
import type { MasterReplacementResult } from '../../src/security/replace-master.js';
import type { Command, CommandContext } from '../cli/command.js';
import { RefusedError, UsageError } from '../cli/errors.js';
import { noMore } from '../cli/no-more.js';
import { table, type Output } from '../cli/output.js';

const usage = `npx tokenledger keys [list]                lists the keys: never a secret
npx tokenledger keys init [--if-missing]   makes the key file of a new installation, at KEYS_FILE
  --if-missing     leaves a file that is there as it is, instead of refusing
npx tokenledger keys prepare               adds keys that verify already and sign from the next rotation on
npx tokenledger keys rotate [--overlap-days N] [--now]
                                           new keys sign, 70 seconds from now: verifiers know them by then
  --overlap-days   how long tokens signed before are still accepted (default: as long as a session may last)
  --now            the new keys sign at once: for a key that has leaked, with --overlap-days 0
npx tokenledger keys rewrap                puts a new master key in place of the old one, which must still be there. With
                                           EVENTSTORE_URL or MONGODB_URL in two calls: the first adds the new key; the
                                           second, once every instance has it, wraps the users' keys and drops the old one
npx tokenledger keys integrity             puts a new integrity key in place of the former one: what that signs afterwards is
                                           refused, what it has signed stays valid. With EVENTSTORE_URL or MONGODB_URL in
                                           three calls: the first adds the new key; the second, once every instance has it,
                                           lets it sign; the third, 70 seconds after every instance has that, ends the former
Beside a running server this is done by that server; other instances take a changed key file with the signal SIGHUP.`;

const DAY_MS = 86_400_000;
const ACTIONS = ['list', 'init', 'prepare', 'rotate', 'rewrap', 'integrity'] as const;

interface Options {
  readonly action: (typeof ACTIONS)[number];
  readonly ifMissing: boolean;
  readonly now: boolean;
  /** Null: as long as a session may last. */
  readonly overlapMs: number | null;
}

export const command: Command = {
  usage,
  run: async (context) => {
    const options = optionsOf(context.args);
    const { operator, output } = context;
    if (options.action === 'init') {
      show({ keys: await init(context, options.ifMissing) }, output);
      return 0;
    }
    if (options.action === 'rewrap') {
      const answer = (await operator.ask('keys.rewrap', {})) as MasterReplacementResult;
      output.result(answer, wordsOfRewrap(answer));
      return 0;
    }
    if (options.action === 'integrity') {
      const answer = (await operator.ask('keys.integrity', { operator: operator.name() })) as IntegrityChangeResult;
      output.result(answer, wordsOfIntegrity(answer));
      return 0;
    }
    const input = options.action === 'rotate' ? { overlap_ms: options.overlapMs, now: options.now } : {};
    show(await operator.ask(`keys.${options.action}`, input), output);
    return 0;
  },
};

/** What a replacement of the master key has done, and what is left to do. */
export function wordsOfRewrap({ outcome, rewrapped }: MasterReplacementResult): string {
  if (outcome === 'replaced')
    return `${rewrapped} users’ keys are wrapped by the new master key, and the old one is dropped from the key file.
Other instances: distribute the key file and send each of them SIGHUP once more.`;
  return `The new master key is in the key file beside the old one. No user’s key is wrapped by it yet.
Distribute the key file, send SIGHUP to every instance and look for "keys reloaded" in each log; then run keys rewrap once more.`;
}

/** What a call has done for a change of the integrity key, and what is left to do. */
export function wordsOfIntegrity({ outcome, kid }: IntegrityChangeResult): string {
  switch (outcome) {
    case 'added':
      return `The new integrity key ${kid} is in the key file. It verifies, and signs nothing yet.
Distribute the key file, send SIGHUP to every instance and look for "keys reloaded" in each log; then run keys integrity once more.`;
    case 'signs':
      return `The new integrity key ${kid} comes first in the key file: a process that has taken the file signs with it.
Distribute the key file, send SIGHUP to every instance and look for "keys reloaded" in each log; then wait 70 seconds and run keys integrity once more.`;
    case 'changed':
      return `Events are signed by integrity key ${kid} from here on. What a former key signs after this counts no more.
The former keys stay in the key file: the events that they have signed need them.`;
  }
}

/** Makes the key file. Resolves to its keys: those of a running server may be of another file. */
async function init({ operator }: CommandContext, ifMissing: boolean): Promise<readonly ListedKey[]> {
  const { createNewKeyFile } = await import('../../src/security/key-file.js');
  const { readOwnKeyFile } = await import('../../src/compose/key-file-problem.js');
  const { listedKeys } = await import('../../src/operator/key-actions.js');
  const config = operator.config();
  const { keysFile, dataDir, accessTokenAlgorithm } = config;
  const { keys: file, log } = dataFiles(config);
  // As at the start of the server; which data a file elsewhere is for, nobody knows.
  if (keysFile === null && !existsSync(file) && existsSync(log))
    throw new RefusedError(`the data in ${dataDir} needs the keys it was written with: put them back to ${file}`);
  if (keysFile === null) prepareDataDir(dataDir);
  if (!(await createNewKeyFile(file, Date.now(), accessTokenAlgorithm)) && !ifMissing)
    throw new RefusedError(`there are keys in ${file} already; what they protect cannot be read with others`);
  return listedKeys(await readOwnKeyFile(config), Date.now());
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'overlap-days': { type: 'string' },
      'if-missing': { type: 'boolean', default: false },
      now: { type: 'boolean', default: false },
    },
  });
  const [name = 'list', ...more] = positionals;
  const action = ACTIONS.find((one) => one === name);
  if (action === undefined) throw new UsageError(`Unknown: keys ${name}`);
  noMore(`keys ${action}`, more);
  const { 'if-missing': ifMissing, 'overlap-days': overlapDays, now } = values;
  if (ifMissing && action !== 'init') throw new UsageError('--if-missing is for init');
  if ((overlapDays !== undefined || now) && action !== 'rotate')
    throw new UsageError('--overlap-days and --now are for rotate');
  return { action, ifMissing, now, overlapMs: overlapDays === undefined ? null : overlapOf(overlapDays) };
}

function overlapOf(days: string): number {
  const number = Number(days);
  if (days.trim() === '' || !(number >= 0 && number <= MAX_DAYS))
    throw new UsageError(`--overlap-days must be from 0 to ${MAX_DAYS}`);
  return Math.round(number * DAY_MS);
}

function show(answer: object, output: Output): void {
  const { keys } = answer as { readonly keys: readonly ListedKey[] };
  if (output.json) for (const key of keys) output.result(key, '');
  else output.words(table(keys.map((key) => [key.kid, key.use, key.algorithm ?? '', `made ${key.made_at}`, stateOf(key)])));
}

/** What a key does, in words. */
function stateOf({ use, state, signs_from: from, verifies_until: until }: ListedKey): string {
  switch (state) {
    case 'signs':
      return until === null ? 'signs' : `signs, verifies until ${until}`;
    case 'waits':
      if (use === 'integrity') return 'verifies, signs once keys integrity is run again';
      return from === null ? 'verifies, signs from the next rotation on' : `verifies, signs from ${from} on`;
    case 'verifies':
      return until === null ? 'verifies' : `verifies until ${until}`;
    case 'kept':
      return 'kept for what it protects';
    case 'retired':
      return 'retired';
  }
}
