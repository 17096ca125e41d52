import { afterEach, beforeEach } from '@jest/globals';
import path from 'node:path';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

/** A data folder for each test, with servers of the test's own in it. */
export interface OwnServer {
  /** The data folder. */
  readonly folder: string;
  readonly keysFile: string;
  /** The server that was started last. */
  readonly server: ServerProcess;
  start(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
}

/** Called where tests are described: makes the folder before each, kills the last server and removes the folder after it. */
export function ownServer(): OwnServer {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ServerProcess | null;
  beforeEach(() => {
    folder = temporaryFolder();
    server = null;
  });
  afterEach(async () => {
    await server?.end('SIGKILL');
    folder.remove();
  });
  return {
    get folder() {
      return folder.path;
    },
    get keysFile() {
      return path.join(folder.path, 'keys.json');
    },
    get server() {
      if (server === null) throw new Error('no server was started');
      return server;
    },
    start: async (env = {}) => (server = await startServerProcess({ DATA_DIR: folder.path, ...env })),
  };
}
