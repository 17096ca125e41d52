import { stat } from 'node:fs/promises';
import { ArchiveFolder } from '../adapters/files/archives/archive-folder.js';
import { writeArchive } from '../adapters/files/archives/write-archive.js';
import { archiveLog } from '../audit/archive/archive-log.js';
import { CheckpointPassedError, type ProcessorPlace } from '../audit/archive/processor-places.js';
import { sealedUpTo } from '../audit/archive/sealed-up-to.js';
import { InconsistentLogError } from '../audit/tree-errors.js';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import { isoOf } from '../domain/instant.js';
import { AuthenticLog } from '../event-store/authentic-log.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { Position } from '../event-store/position.js';
import type { ArchiveActions, ArchiveRequest, ArchiveAnswer } from '../operator/archive-actions.js';
import { OperatorInputError, OperatorRefusedError } from '../operator/errors.js';
import { ERASER_TAKES } from '../processors/eraser.js';
import { MAIL_TAKES } from '../processors/mail/mail-request.js';
import type { Takes } from '../processors/processor.js';
import type { Keyring } from '../security/keyring.js';
import { authenticLog } from './audit-proofs.js';
import type { Stores } from './stores.js';

export interface ArchivingOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly keyring: Keyring;
  readonly now: () => number;
  /** Resolves once the read model shows the log as it is now. Rejects if that takes too long. */
  readonly caughtUp: () => Promise<void>;
  /** Whether this process serves clients: its file cannot be shrunk meanwhile. */
  readonly isServer: boolean;
}

/** Archiving in a process that has the stores open; one run at a time. */
export function archiveActions(options: ArchivingOptions): ArchiveActions {
  let isRunning = false;
  return {
    archive: async (request) => {
      if (isRunning) throw new OperatorRefusedError('an archive is being made already: wait until that is done');
      isRunning = true;
      try {
        return await archive(options, request);
      } catch (error) {
        throw isRefusal(error) ? new OperatorRefusedError(error.message) : error;
      } finally {
        isRunning = false;
      }
    },
  };
}

async function archive(options: ArchivingOptions, request: ArchiveRequest): Promise<ArchiveAnswer> {
  const { config, stores, eventLog, keyring, now, caughtUp } = options;
  const { before, out, shrink, actor, onProgress, onStep } = request;
  if (before > now()) throw new OperatorInputError(`${isoOf(before)} is in the future: only what is past can be archived`);
  checkShrinking(options, shrink);
  await caughtUp();
  const archives = out === null ? stores.archives : new ArchiveFolder(out);
  const { logStore: store, eventStore, leafHashes: leaves } = stores;
  const prefix = config.streamPrefix;
  const sealed = { store: eventStore, leaves, eventLog, log: authenticLog({ config, stores, keyring }) };
  const report = await archiveLog({
    ...{ store, eventLog, archives, now, actor, onProgress, ...(onStep === undefined ? {} : { onStep }) },
    authentic: () => new AuthenticLog({ store, prefix, keys: keyring.integrity }),
    write: (draft) => writeArchive(archives.folder, draft, onStep),
    processors: await processorPlaces(options),
    bounds: { before, endedBefore: now() - config.retentionMs, sealedUpTo: await sealedUpTo(sealed) },
  });
  const file = dataFiles(config).log;
  const log_bytes = shrink ? await shrunk(file) : null;
  return { ...report, folder: archives.folder, is_read: archives.folder === stores.archives.folder, log_bytes };
}

function checkShrinking({ config, isServer }: ArchivingOptions, shrink: boolean): void {
  if (!shrink) return;
  if (config.eventStoreUrl !== null)
    throw new OperatorRefusedError('the log is in an EventStoreDB: a scavenge of that server gives the room back');
  if (isServer)
    throw new OperatorRefusedError(
      'a server is running, and would wait while its file is shrunk: archive without --shrink, or stop the server first',
    );
}

/** Besides what is foreseen of the log: whatever the file system says, with the path that it is about. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof CheckpointPassedError || error instanceof InconsistentLogError) return true;
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** The size of the file afterwards. */
async function shrunk(file: string): Promise<number> {
  // Only here: a process with servers does not load SQLite.
  const { shrinkDatabase } = await import('../adapters/sqlite/shrink-database.js');
  shrinkDatabase(file);
  return (await stat(file)).size;
}

/** The processors of the log, and how far each has come. */
async function processorPlaces({ stores, eventLog }: ArchivingOptions): Promise<readonly ProcessorPlace[]> {
  const { readModel, checkpoints } = stores;
  const projected: Position = (await readModel.checkpoint()) ?? '';
  const historyId = eventLog.histories.at(-1)?.historyId ?? '';
  const stored = async (name: string, { streams, types }: Takes): Promise<ProcessorPlace> => {
    const checkpoint = await checkpoints.load(name);
    return {
      name,
      // One of another history counts as none: the processor begins again by itself.
      checkpoint: checkpoint?.state === historyId ? checkpoint.position : null,
      takes: (kind, type) => streams.includes(kind) && (types === undefined || types.some((one) => one === type)),
    };
  };
  return [
    { name: 'projector', checkpoint: projected, takes: () => true },
    await stored('mailer', MAIL_TAKES),
    await stored('eraser', ERASER_TAKES),
  ];
}
