import { newKeysFile } from './new-keys.js';
import { startOAuthApp, type OAuthApp } from './oauth-app.js';
import { Servers } from './servers.js';
import { temporaryFolder } from './temporary-folder.js';

/** Two instances of one installation: the same servers, keys, issuer and clients. */
export interface TwoInstances {
  readonly one: OAuthApp;
  readonly other: OAuthApp;
  close(): Promise<void>;
}

/** Starts both in this process; `mongoUrl` names a MongoDB server. */
export async function startTwoInstances(mongoUrl: string): Promise<TwoInstances> {
  const folder = temporaryFolder();
  const servers = await Servers.open(mongoUrl);
  const env = { ...servers.env, KEYS_FILE: await newKeysFile(folder.path) };
  const one = await startOAuthApp({ folder: folder.path, env });
  const other = await startOAuthApp({ folder: folder.path, env });
  return {
    ...{ one, other },
    close: async () => {
      await other.close();
      await one.close();
      await servers.close();
      folder.remove();
    },
  };
}
