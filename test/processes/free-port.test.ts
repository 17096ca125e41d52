/** PORT=0 takes any port that is free. What names the server to others names that port. */
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cookieName } from '../../src/http/refresh-cookie.js';
import { ApiClient, type Credentials } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { takenPort } from '../support/taken-port.js';

const own = ownServer();

/** The text of all mails so far, without the soft line breaks of quoted-printable. */
function mails(): string {
  const outbox = path.join(own.folder, 'outbox');
  try {
    const files = readdirSync(outbox).filter((name) => name.endsWith('.eml'));
    return files.map((name) => readFileSync(path.join(outbox, name), 'utf8').replace(/=\r?\n/g, '')).join('\n');
  } catch {
    return '';
  }
}

/** Signs in as a browser does; the name of the cookie, its `name=value`, and the answer. */
async function inBrowser(url: string, credentials: Credentials): Promise<{ name: string; cookie: string; token: string }> {
  const answer = await new ApiClient(url).post<{ access_token: string }>(
    'login',
    { ...credentials, mode: 'cookie' },
    { origin: url },
  );
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
  return { name: cookie.split('=')[0]!, cookie, token: answer.body.access_token };
}

async function endpointsOf(url: string): Promise<{ issuer: string; others: string[] }> {
  const { body } = await new ApiClient(url).request('/.well-known/oauth-authorization-server');
  const { issuer, ...rest } = body;
  return { issuer: String(issuer), others: Object.values(rest).filter((value) => typeof value === 'string') };
}

describe('PORT=0 without ISSUER', () => {
  it('tokens, metadata, cookie and mails name the port that listens', async () => {
    const { url } = await own.start();
    const credentials = freshCredentials();
    expect((await new ApiClient(url).register(credentials)).status).toBe(201);
    const { name, token } = await inBrowser(url, credentials);
    expect([decodeJwt(token).iss, name]).toEqual([url, cookieName(url)]);
    const { issuer, others } = await endpointsOf(url);
    expect(issuer).toBe(url);
    expect(others).toHaveLength(5);
    for (const endpoint of others) expect(endpoint.startsWith(`${url}/`)).toBe(true);
    await eventually('a mail with a link is written', () => mails().includes('/verify'));
    expect(mails()).toContain(`${url}/verify`);
    expect(mails()).not.toContain('127.0.0.1:0/');
  });

  it('O1: after a restart on another port everybody stays signed in, and links lead to the new one', async () => {
    const first = await own.start();
    const credentials = freshCredentials();
    await new ApiClient(first.url).register(credentials);
    const { name, cookie } = await inBrowser(first.url, credentials);
    const before = decodeJwt((await new ApiClient(first.url).signIn(credentials)).access_token).iss;
    await first.end('SIGTERM');

    const letGo = await takenPort(first.url);
    const { url } = await own.start();
    letGo();
    expect(url).not.toBe(first.url);
    const headers = { cookie, origin: url, 'x-requested-with': 'test' };
    const refreshed = await new ApiClient(url).post<{ access_token: string }>('refresh', {}, headers);
    expect([refreshed.status, refreshed.headers.getSetCookie()[0]?.split('=')[0]]).toEqual([200, name]);
    expect(decodeJwt(refreshed.body.access_token).iss).toBe(before);
    const { issuer, others } = await endpointsOf(url);
    expect(issuer).toBe(before);
    for (const endpoint of others) expect(endpoint.startsWith(`${url}/`)).toBe(true);
    await new ApiClient(url).post('password/forgot', { email: credentials.email });
    await eventually('a mail with a link is written', () => mails().includes('/reset'));
    expect(mails()).toContain(`${url}/reset`);
  });

  it('a log that the tool has filled before is served under the port that listens', async () => {
    const seeded = await runScript('seed', { DATA_DIR: own.folder, PORT: '0' }, '--users', '1');
    expect(seeded.code).toBe(0);
    const { url } = await own.start();
    const pair = await new ApiClient(url).signedIn(freshCredentials());
    expect(decodeJwt(pair.access_token).iss).toBe(url);
    expect((await endpointsOf(url)).issuer).toBe(url);
  });
});
