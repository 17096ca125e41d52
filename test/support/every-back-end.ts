/**
 * What a test uses that holds on every back end: it is written once. `npm test` runs it on the embedded stores, `npm run test:wire`,
 * which sets `BACK_END=servers`, on EventStoreDB and MongoDB.
 */
import { afterAll, it } from '@jest/globals';
import path from 'node:path';
import { embeddedFile, openStores, type Stores, type StoresConfig } from '../../src/compose/stores.js';
import { contentsThatHold, filesOf, type Content, type Sought } from './files.js';
import { newKeysFile } from './new-keys.js';
import { startApp as startAppIn, type AppOptions, type RunningApp } from './running-app.js';
import { Servers } from './servers.js';
import { temporaryFolder } from './temporary-folder.js';

/** Whether this run is that on EventStoreDB and MongoDB. */
export const onServers = isOnServers();

/** A test of what the embedded stores alone have: visibly skipped on servers. */
export const embeddedIt = onServers ? it.skip : it;

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

/** The stores of an installation that is not running. */
export async function openTestStores(folder: string): Promise<Stores> {
  return openStores(await storesConfigOf(folder));
}

/** The SQLite file that holds the log; on servers it stands behind the EventStoreDB. */
export async function logFileOf(folder: string): Promise<string> {
  return onServers ? (await serversOf(folder)).logFile : embeddedFile(folder);
}

/** Lets the event store of an installation, whose application has ended, forget what it holds in memory. */
export async function restartLog(folder: string): Promise<void> {
  await servers.get(folder)?.restartLog();
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
