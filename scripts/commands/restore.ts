import path from 'node:path';
import { parseArgs } from 'node:util';
import type { RestoreReport } from '../../src/operator/restore.js';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

const usage = `npx tokenledger restore FOLDER [--erased FILE]
Puts a backup into DATA_DIR, which must be missing or empty, and marks the log as restored: no token that was issued after the
backup is accepted. A key file that is already at KEYS_FILE stays. With EVENTSTORE_URL the log goes there, where none of the same
STREAM_PREFIX may be, with every instance stopped. Refused, before anything is changed, where the backup is not what was written, and
where the key file does not open the users' keys.
Users who were erased after the backup are erased again: they are listed beside the key file, in KEYS_FILE.erased. Where that lies
in DATA_DIR, the list of the folder that was backed up is taken, if it is still at its place. With MONGODB_URL there is no such list:
the collection of the users' keys remembers them, and where that was lost too, --erased names a list of their ids.
  --erased FILE   the list of a former DATA_DIR (keys.json.erased in it) that was moved, or a copy of it; one id a line and nothing else
What was revoked after the backup is not known any more: log restored --yes --sign-out-all signs everybody out.`;

const WITHOUT_LIST =
  'No list of erased users was found (--erased FILE names one): users who were erased after this backup are back, and have to be erased once more.';

/** With MongoDB, whose collection of keys remembers the erased: unless that was lost as well. */
const WITHOUT_LIST_ON_MONGODB = `${WITHOUT_LIST}
Only if the collection user_keys in MongoDB is the one that was in use has it kept them, and they stay erased.`;

/** What to say of the list of erased users. */
export function wordsOfErased(
  { erased_list: list, erased_ids: ids }: Pick<RestoreReport, 'erased_list' | 'erased_ids'>,
  { onMongoDb }: { readonly onMongoDb: boolean },
): string {
  if (list === null) return onMongoDb ? WITHOUT_LIST_ON_MONGODB : WITHOUT_LIST;
  if (ids === 0)
    return `${list} lists nobody: users who were erased after this backup, if there are any, are back, and have to be erased once more.`;
  return `Who is in ${list} stays erased: ${ids} ${ids === 1 ? 'id was' : 'ids were'} applied.`;
}

function wordsOfDamaged(count: number): string[] {
  if (count === 0) return [];
  return [
    `${count} of the users' keys ${count === 1 ? 'does' : 'do'} not open: another tool had changed them before the backup was made. Their users cannot sign in (users list shows them as unreadable).`,
  ];
}

export const command: Command = {
  usage,
  run: async ({ args, operator, output }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { erased: { type: 'string' } },
    });
    const [folder = '', ...more] = positionals;
    if (folder === '' || more.length > 0) throw new UsageError('Name one folder.');
    const [{ restore }, { restoreTarget }] = await Promise.all([
      import('../../src/operator/restore.js'),
      import('../../src/compose/restore-target.js'),
    ]);
    const config = operator.config();
    const target = restoreTarget(config, `operator:${operator.name()}`);
    const report = await restore(path.resolve(folder), target, values.erased);
    const words = [
      `Restored into ${report.data_dir}${config.eventStoreUrl === null ? '' : ' and the EventStoreDB'}; the log is marked as restored.`,
      ...(report.keys_restored ? [] : [`The key file at ${target.keysFile} was there and stays.`]),
      ...wordsOfDamaged(report.damaged_user_keys),
      wordsOfErased(report, { onMongoDb: target.erasedList === null }),
    ];
    output.result(report, words.join('\n'));
    return 0;
  },
};
