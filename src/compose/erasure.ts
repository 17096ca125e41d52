import path from 'node:path';
import { ErasedList } from '../adapters/files/erased-list.js';
import { eraseUser } from '../commands/administer-user.js';
import type { CommandContext } from '../commands/context.js';
import type { Config } from '../config.js';
import { erasedListFile } from '../config/data-files.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { applyErasedList } from '../processors/apply-erased-list.js';
import type { ErasureContext } from '../processors/erase-user.js';
import { Eraser } from '../processors/eraser.js';
import { tidyMails } from '../processors/tidy-mails.js';
import type { Stores } from './stores.js';

export interface ErasureOptions {
  readonly config: Pick<Config, 'dataDir' | 'keysFile' | 'mongoUrl'>;
  readonly context: CommandContext;
  readonly stores: Stores;
  /** Called with what an operator should know of; the erasure itself goes on. */
  readonly onProblem: (error: unknown, what: string) => void;
}

/** Erasing users, and erasing them again after a restore. */
export interface Erasure {
  readonly context: ErasureContext;
  readonly eraser: Eraser;
  /** Erases again the users that came back with a restore. Rejects as the stores do. */
  applyList(): Promise<void>;
  /** The same before anybody is served; left to the eraser while a store does not answer. */
  beforeServing(): Promise<void>;
  /**
   * Removes from the outbox of this instance what lies there of users who were erased while it was down. Goes on while a store does
   * not answer, until the signal aborts. Rejects as the file system does.
   */
  tidyOutbox(signal: AbortSignal): Promise<void>;
}

/** Puts erasure together. Users' keys in a file of ours come back with a backup of it, so the erased are listed beside the key file. */
export function openErasure({ config, context, stores, onProblem }: ErasureOptions): Erasure {
  const listFile = erasedListFile(config);
  const list = listFile === null ? null : new ErasedList(listFile);
  const { eventLog, now } = context;
  const destroyKey = (userId: string, at: number): Promise<void> => context.userKeys.destroy(userId, at);
  const erasing: ErasureContext = {
    ...{ eventLog, now, newId: context.newId, alarms: context.alarms, waitForPosition: context.waitForPosition },
    ...{ destroyKey, keyStore: stores.keyStore, readModel: stores.readModel },
    removeMails: (userId) => removeMails(config.dataDir, userId),
    remember: async (userIds) => list?.add(userIds),
  };
  const historyId = (): string => eventLog.histories.at(-1)?.historyId ?? '';
  let isListDue = false;
  const listAgain = async (userIds: readonly string[]): Promise<void> => {
    try {
      await list?.add(userIds);
      isListDue = false;
    } catch (error) {
      isListDue = true;
      onProblem(error, 'restored backups could bring erased users back until they are listed');
    }
  };
  const listed = async (): Promise<readonly string[]> => {
    const { userIds, strangeLine } = (await list?.look()) ?? { userIds: [], strangeLine: null };
    // The others on the list stay erased all the same.
    if (strangeLine !== null && listFile !== null)
      onProblem(
        new Error(`${listFile}: line ${strangeLine} is no id of a user`),
        'a line of the list of erased users is left out',
      );
    return userIds;
  };
  const applyList = (): Promise<void> =>
    applyErasedList({
      ...{ eventLog, alarms: context.alarms, now, destroyKey, keyStore: stores.keyStore },
      listed,
      listAgain,
      erase: (userId) => eraseUser(context, { userId, by: 'system', source: { correlationId: context.newId() } }),
    });
  return {
    context: erasing,
    eraser: new Eraser({
      ...erasing,
      checkpoints: stores.checkpoints,
      historyId,
      applyErasedList: applyList,
      isListDue: () => isListDue,
    }),
    applyList,
    tidyOutbox: (signal) =>
      tidyMails(
        {
          ...{ eventLog, alarms: context.alarms, keyStore: stores.keyStore, removeMails: erasing.removeMails },
          usersOfMails: () => usersOfMails(config.dataDir),
        },
        { signal, onProblem: (error) => onProblem(error, 'mails of erased users are removed once the stores answer') },
      ),
    beforeServing: async () => {
      try {
        // Where servers keep log and keys, only a restored log can have brought somebody back. Files are compared at each start.
        const areFiles = stores.logIsEmbedded || list !== null;
        const checkpoint = areFiles ? null : await stores.checkpoints.load('eraser');
        if (checkpoint?.state !== historyId()) await applyList();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        onProblem(error, 'the list of erased users is applied once the stores answer');
      }
    },
  };
}

/** Mails may lie in the outbox although SMTP is configured by now. */
async function removeMails(dataDir: string, userId: string): Promise<void> {
  const { removeFromOutbox } = await import('../adapters/smtp/outbox-removal.js');
  await removeFromOutbox(path.join(dataDir, 'outbox'), userId);
}

async function usersOfMails(dataDir: string): Promise<readonly string[]> {
  const { usersOfOutbox } = await import('../adapters/smtp/outbox-removal.js');
  return usersOfOutbox(path.join(dataDir, 'outbox'));
}
