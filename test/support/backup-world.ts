import Database from 'libsql';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../../src/adapters/sqlite/copy/copy-database.js';
import type { BackupSources } from '../../src/operator/backup.js';
import type { BackupManifest } from '../../src/operator/backup-manifest.js';
import { prepareDataDir } from '../../src/config/data-dir.js';
import type { RestoreTarget } from '../../src/operator/restore.js';
import { asyncly } from './archives.js';
import { temporaryFolder } from './temporary-folder.js';

/** The export of the log. */
export const LOG = '{"event":"first"}\n{"event":"second"}\n';

/** A data folder with an open database and a key file, and places for a backup of it and for what is restored. */
export class BackupWorld {
  readonly #temporary = temporaryFolder();
  readonly folder = this.#temporary.path;
  readonly dataDir = path.join(this.folder, 'data');
  readonly backup = path.join(this.folder, 'backup');
  readonly database: Database.Database;

  constructor() {
    mkdirSync(this.dataDir);
    this.database = new Database(this.inData('tokenledger.db'));
    this.database.exec('PRAGMA journal_mode=WAL');
    this.database.exec('CREATE TABLE events (position INTEGER PRIMARY KEY, text TEXT)');
    this.database.exec("INSERT INTO events (text) VALUES ('first')");
    writeFileSync(this.inData('keys.json'), '{"secret":1}', { mode: 0o600 });
  }

  close(): void {
    this.database.close();
    this.#temporary.remove();
  }

  inData(name: string): string {
    return path.join(this.dataDir, name);
  }

  /** Gives a part of the backup another content, and has the manifest say so. */
  rewrite(name: string, content: string): void {
    writeFileSync(path.join(this.backup, name), content);
    const file = path.join(this.backup, 'backup.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as BackupManifest;
    const [bytes, sha256] = [Buffer.byteLength(content), createHash('sha256').update(content).digest('hex')];
    const files = manifest.files.map((part) => (part.path === name ? { path: name, bytes, sha256 } : part));
    writeFileSync(file, JSON.stringify({ ...manifest, files }));
  }

  /** What is backed up where everything is embedded. */
  sources(): BackupSources {
    return {
      exportLog: () => asyncly([{ event: 'first' }, { event: 'second' }]),
      userKeys: { copy: (file) => copyDatabase(this.inData('tokenledger.db'), file) },
      keysFile: this.inData('keys.json'),
      dataDir: this.dataDir,
      erasedList: this.inData('keys.json.erased'),
      now: () => 0,
    };
  }

  /** A restore into a new folder; what is not expected to be called fails. */
  restoring(scripted: Partial<RestoreTarget> = {}): RestoreTarget {
    const into = path.join(this.folder, 'restored');
    return {
      dataDir: into,
      prepare: () => prepareDataDir(scripted.dataDir ?? into),
      files: ['tokenledger.db', 'user-keys.db', 'keys.json', 'keys.json.erased'].map((name) => path.join(into, name)),
      userKeysFile: path.join(into, 'user-keys.db'),
      keysFile: path.join(into, 'keys.json'),
      erasedList: path.join(into, 'keys.json.erased'),
      // Stands for what the log is stored in.
      importLog: (file) => {
        copyFileSync(file, path.join(into, 'tokenledger.db'));
        return Promise.resolve();
      },
      importUserKeys: () => Promise.reject(new Error('not expected')),
      checkUserKeys: () => Promise.resolve(0),
      readErased: () => Promise.reject(new Error('not expected')),
      addErased: () => Promise.reject(new Error('not expected')),
      markRestored: () => Promise.resolve({ historyId: 'h2' }),
      ...scripted,
    };
  }
}
