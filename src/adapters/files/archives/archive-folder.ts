import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Archive, Archives } from '../../../event-store/archives.js';
import { FileArchive } from './file-archive.js';
import { ARCHIVE_FILES, isArchiveName } from './manifest.js';

/** The archives of an installation: folders in one folder, which need not exist. */
export class ArchiveFolder implements Archives {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = path.resolve(folder);
  }

  async find(name: string): Promise<Archive | null> {
    if (!isArchiveName(name)) return null;
    const folder = path.join(this.folder, name);
    try {
      await stat(path.join(folder, ARCHIVE_FILES.manifest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw error;
    }
    return new FileArchive(folder);
  }
}
