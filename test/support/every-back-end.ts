/**
 * What a test uses that holds on every back end: it is written once. `npm test` runs it on the embedded stores, `npm run test:wire`,
 * which sets `BACK_END=servers`, on EventStoreDB and MongoDB.
 */
import { afterAll, it } from '@jest/globals';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { MongoConnection } from '../../src/adapters/mongodb/mongo-connection.js';
import { openMongoReadModel } from '../../src/adapters/mongodb/read-model/mongo-read-model.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { openStores, type Stores, type StoresConfig } from '../../src/compose/stores.js';
import { storeFiles } from '../../src/config/data-files.js';
import { positionOf, type Position } from '../../src/event-store/position.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { TEST_FILE } from './embedded-stores.js';
import { contentsThatHold, filesOf, type Content, type Sought } from './files.js';
import { newKeysFile } from './new-keys.js';
import { startApp as startAppIn, type AppOptions, type RunningApp } from './running-app.js';
import { Servers } from './servers.js';
import { temporaryFolder } from './temporary-folder.js';

/** Whether this run is that on EventStoreDB and MongoDB. */
export const onServers = isOnServers();

/** A test of what the embedded stores alone have: visibly skipped on servers. */
export const embeddedIt = onServers ? it.skip : it;

const FAR = positionOf(2n ** 62n);
/** A position that no log reaches. */
export const BEYOND_ANY_LOG: Position = onServers ? `${FAR}/${FAR}` : FAR;

/** The servers of each installation, by its data folder: they outlive an application that is started there again. */
const servers = new Map<string, Servers>();
afterAll(async () => {
  for (const folder of servers.keys()) await forget(folder);
});

/** As `startApp` of running-app.ts, with the stores on the back end of this run. */
export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  if (!onServers) return startAppIn(options);
  const own = options.folder === undefined ? temporaryFolder() : null;
  const folder = options.folder ?? own!.path;
  try {
    const env = { ...(await environmentOf(folder)), ...options.env };
    const app = await startAppIn({ ...options, folder, env });
    return { ...app, close: () => app.close().finally(() => remove(own)) };
  } catch (error) {
    await remove(own);
    throw error;
  }
}

/** What an installation with this data folder is configured by, beside the folder itself. */
export async function environmentOf(folder: string): Promise<Readonly<Record<string, string>>> {
  if (!onServers) return {};
  const isNew = !servers.has(folder);
  const { env } = await serversOf(folder);
  const KEYS_FILE = isNew ? await newKeysFile(folder) : path.join(folder, 'keys.json');
  return { ...env, KEYS_FILE };
}

/** Where the stores of an installation with this data folder are; the streams are those of a test. */
export async function storesConfigOf(folder: string): Promise<StoresConfig> {
  const env = onServers ? (await serversOf(folder)).env : null;
  return {
    ...{ dataDir: folder, archiveDir: null, streamPrefix: 'test_' },
    ...{ eventStoreUrl: env?.EVENTSTORE_URL ?? null, mongoUrl: env?.MONGODB_URL ?? null },
  };
}

/** A data folder of one's own for a test, whose servers go with it. */
export function installationFolder(): { readonly path: string; remove(): Promise<void> } {
  const folder = temporaryFolder();
  return { path: folder.path, remove: () => remove(folder) };
}

/** The stores of an installation that is not running. */
export async function openTestStores(folder: string): Promise<Stores> {
  return openStores(await storesConfigOf(folder));
}

/** Gives the read model of an installation whose stores are closed, as a program with other collections has it. */
export async function withReadModelOf(
  folder: string,
  version: string,
  use: (readModel: ReadModel) => Promise<unknown>,
): Promise<void> {
  const opened = onServers
    ? MongoConnection.open((await serversOf(folder)).database.url)
    : await SqliteFile.open(storeFiles(folder).log, { jobs: [READ_MODEL_JOBS] });
  try {
    await use(opened instanceof SqliteFile ? openEmbeddedReadModel(opened, version) : openMongoReadModel(opened, version));
  } finally {
    await opened.close();
  }
}

/** The SQLite file that holds the log; on servers it stands behind the EventStoreDB. */
export async function logFileOf(folder: string): Promise<string> {
  return onServers ? (await serversOf(folder)).logFile : storeFiles(folder).log;
}

/** Lets the event store of an installation, whose application has ended, forget what it holds in memory. */
export async function restartLog(folder: string): Promise<void> {
  await servers.get(folder)?.restartLog();
}

/** Copies the log of an installation that does not run. */
export async function copyLog(folder: string, to: string): Promise<void> {
  await withLogFiles(folder, (from) => copyFiles(from, to));
}

/** Puts such a copy in the place of the log. */
export async function putLogBack(folder: string, from: string): Promise<void> {
  await withLogFiles(folder, (to) => {
    for (const name of logFilesIn(to)) rmSync(path.join(to, name));
    copyFiles(from, to);
  });
}

async function withLogFiles(folder: string, act: (folder: string) => void): Promise<void> {
  if (onServers) await (await serversOf(folder)).restartLog(act);
  else act(folder);
}

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of logFilesIn(from)) cpSync(path.join(from, name), path.join(to, name));
}

/** The file of the log and its journals. */
function logFilesIn(folder: string): string[] {
  const file = onServers ? TEST_FILE : path.basename(storeFiles(folder).log);
  return readdirSync(folder).filter((name) => name.startsWith(file));
}

/** The files of an installation's data folder, and of folders in it unless `recursive` is false, and all that its servers hold. */
export async function contentsOf(folder: string, { recursive = true } = {}): Promise<readonly Content[]> {
  return [...filesOf(folder, { recursive }), ...((await servers.get(folder)?.contents()) ?? [])];
}

/** Those of them that hold one of the given texts or bytes, each as `name: which`. */
export async function storesThatHold(folder: string, sought: Sought): Promise<string[]> {
  return contentsThatHold(await contentsOf(folder), sought);
}

async function serversOf(folder: string): Promise<Servers> {
  const opened = servers.get(folder) ?? (await Servers.open(process.env.MONGODB_URL ?? ''));
  servers.set(folder, opened);
  return opened;
}

async function remove(own: ReturnType<typeof temporaryFolder> | null): Promise<void> {
  if (own === null) return;
  await forget(own.path);
  own.remove();
}

async function forget(folder: string): Promise<void> {
  const opened = servers.get(folder);
  servers.delete(folder);
  await opened?.close();
}

/** Throws when it is asked for servers that are not there. */
function isOnServers(): boolean {
  const { BACK_END = 'embedded', MONGODB_URL = '' } = process.env;
  if (BACK_END === 'embedded') return false;
  if (BACK_END !== 'servers') throw new Error('BACK_END must be embedded or servers');
  if (MONGODB_URL === '') throw new Error('BACK_END=servers: MONGODB_URL is missing');
  return true;
}
