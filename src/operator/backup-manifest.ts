import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { digestOf, type FileDigest } from './digest.js';
import { OperatorRefusedError } from './errors.js';

/** The parts of a backup, each in a folder of its own, so that log and keys can be kept apart. */
export const BACKUP_FILES = {
  /** As `audit export` writes it, with what is in archives. */
  log: path.join('log', 'events.jsonl'),
  userKeysFile: path.join('user-keys', 'user-keys.db'),
  userKeysExport: path.join('user-keys', 'user-keys.jsonl'),
  keys: path.join('keys', 'keys.json'),
  manifest: 'backup.json',
} as const;

const { log, userKeysFile, userKeysExport, keys } = BACKUP_FILES;

/** The version that this program writes, and the only one that it reads. Version 1 had no digests. */
export const MANIFEST_VERSION = 2;

const Part = z.object({
  path: z.enum([log, userKeysFile, userKeysExport, keys]),
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of what is text by lines: an event or a user's key each. */
  lines: z.number().int().min(0).optional(),
});

const Manifest = z.object({
  version: z.literal(MANIFEST_VERSION),
  /** Where the backup was made. */
  folder: z.string(),
  made_at: z.string(),
  files: z.array(Part),
  /** Where the installation that was backed up lists its erased users; null: MongoDB remembers them. */
  erased_list: z.string().nullable(),
});

export type BackupPart = z.infer<typeof Part>;
/** What `backup.json` says of the backup that it is in. */
export type BackupManifest = z.infer<typeof Manifest>;

/** Reads the manifest of a backup. Rejects with `OperatorRefusedError` if it is missing, damaged or of another version. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const file = path.join(folder, BACKUP_FILES.manifest);
  if (!existsSync(file))
    throw new OperatorRefusedError(`${folder} holds no finished backup: ${BACKUP_FILES.manifest} is missing`);
  const content = await contentOf(file);
  const read = Manifest.safeParse(content);
  if (read.success) return read.data;
  const version = z.object({ version: z.number() }).safeParse(content).data?.version ?? MANIFEST_VERSION;
  if (version !== MANIFEST_VERSION)
    throw new OperatorRefusedError(
      `${file} is of version ${version}, and this tokenledger reads version ${MANIFEST_VERSION}: restore the backup by the tokenledger that made it`,
    );
  throw damaged(file, 'it does not say what the backup holds');
}

/**
 * Compares the parts of a backup with what was written when it was made: of a log that was cut off, or users' keys of another
 * installation, nothing else would be seen until users cannot sign in. Rejects with `OperatorRefusedError`.
 */
export async function checkBackup(folder: string, { files }: Pick<BackupManifest, 'files'>): Promise<void> {
  for (const part of files) {
    const file = path.join(folder, part.path);
    if (!existsSync(file))
      throw new OperatorRefusedError(
        `${folder} does not hold ${part.path}: put the parts of the backup together again, each in its folder`,
      );
    const found = await digestOf(file);
    if (found.sha256 === part.sha256 && found.bytes === part.bytes) continue;
    throw new OperatorRefusedError(
      `${file} is not what was backed up (${differenceOf(found, part)}): it was cut off, changed, or is of another backup. Restore from another copy`,
    );
  }
}

function differenceOf(found: FileDigest, { lines, bytes }: BackupPart): string {
  if (lines !== undefined && found.lines !== lines) return `lines: ${found.lines} instead of ${lines}`;
  return found.bytes === bytes ? 'its SHA-256 is another' : `bytes: ${found.bytes} instead of ${bytes}`;
}

async function contentOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw damaged(file, error instanceof SyntaxError ? 'it is no JSON' : String(error));
  }
}

function damaged(file: string, reason: string): OperatorRefusedError {
  return new OperatorRefusedError(
    `${file} cannot be read: ${reason}. It was cut off or changed; restore from another copy of the backup`,
  );
}
