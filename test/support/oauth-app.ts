import { hash } from '@node-rs/argon2';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ApiClient, type Answer, type Pair } from './api-client.js';
import { freshCredentials, startApp, type AppOptions, type RunningApp } from './running-app.js';
import { temporaryFolder } from './temporary-folder.js';

export const ISSUER = 'https://auth.example.com';
export const SECRET = 'a secret: 100%';

/** Clients whose id or secret is another one when it is form-decoded, by id. */
export const AWKWARD_CLIENTS = { 'awkward+plus': 'p+lus', 'awkward%41': 'a%41b', 'awkward-percent': '100%' } as const;

/** An application whose issuer is an https URL and that knows some OAuth clients. */
export interface OAuthApp {
  readonly app: RunningApp;
  /** `fetch` that takes the issuer's addresses to the application. */
  readonly fetch: (url: string, init: object) => Promise<Response>;
  form(endpoint: string, members: Readonly<Record<string, string>>, headers?: Record<string, string>): Promise<Answer>;
  /** A new user, signed in. */
  signedIn(): Promise<Pair>;
  close(): Promise<void>;
}

/** `shop`, `gateway` and those of `AWKWARD_CLIENTS` have a secret; `shop` has no role, the others name none. `spa` is public. */
export async function startOAuthApp(options: AppOptions = {}): Promise<OAuthApp> {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'clients.json');
  const client_secret_hash = await hash(SECRET, { memoryCost: 8_192, timeCost: 1 });
  const awkward = Object.entries(AWKWARD_CLIENTS).map(async ([client_id, secret]) => ({
    client_id,
    client_secret_hash: await hash(secret, { memoryCost: 8, timeCost: 1 }),
  }));
  writeFileSync(
    file,
    JSON.stringify([
      { client_id: 'gateway', client_secret_hash },
      { client_id: 'shop', client_secret_hash, roles: [] },
      { client_id: 'spa', origins: ['https://spa.example.org'] },
      ...(await Promise.all(awkward)),
    ]),
  );
  const app = await startApp({ ...options, env: { ISSUER, OAUTH_CLIENTS_FILE: file, ...options.env } });
  return {
    app,
    fetch: (url, init) => fetch(url.replace(ISSUER, app.url), init),
    form: (endpoint, members, headers = {}) =>
      new ApiClient(app.url).request(`/oauth2/${endpoint}`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(members),
      }),
    signedIn: () => app.api.signedIn(freshCredentials()),
    close: async () => {
      await app.close();
      folder.remove();
    },
  };
}

/** The header of `client_secret_basic` (RFC 6749 §2.3.1). */
export function basic(clientId: string, secret: string): { readonly authorization: string } {
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}
