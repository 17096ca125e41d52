/** The revocation feed, over the real application. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyResult } from 'jose';
import { changeRole, signedInAdmin, type SignedIn } from '../support/admin.js';
import { eventually } from '../support/eventually.js';
import { openEventStream, type Block, type EventStream } from '../support/event-stream.js';
import { basic, ISSUER, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PATH = '/api/v1/auth/revocations';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';

let oauth: OAuthApp;
let streams: EventStream[] = [];
beforeAll(async () => {
  oauth = await startOAuthApp();
});
afterEach(() => {
  for (const stream of streams) stream.close();
  streams = [];
});
afterAll(() => oauth.close());

async function open(headers: Record<string, string> = {}, url = oauth.app.url): Promise<EventStream> {
  const stream = await openEventStream(url + PATH, { ...basic('gateway', SECRET), ...headers });
  streams.push(stream);
  return stream;
}

async function opened(headers: Record<string, string> = {}): Promise<EventStream> {
  const stream = await open(headers);
  await stream.comment('caught up');
  return stream;
}

function verified({ data }: Block, url = oauth.app.url): Promise<JWTVerifyResult> {
  const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', url));
  return jwtVerify(String(data), jwks, { issuer: ISSUER, audience: 'tokenledger', typ: 'secevent+jwt' });
}

async function claims(blocks: readonly Block[]): Promise<readonly JWTPayload[]> {
  return Promise.all(blocks.map(async (block) => (await verified(block)).payload));
}

describe('a message', () => {
  it('about one session is a signed security event token', async () => {
    const stream = await opened();
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const pair = await oauth.signedIn();
    const { user_id } = (await oauth.app.api.get<{ user_id: string }>('me', pair.access_token)).body;
    await oauth.app.api.logout(pair.refresh_token);
    const [block] = await stream.messages(1);
    expect(block!.id).toMatch(/^[\w-]{40,255}$/);
    const { payload } = await verified(block!);
    expect(payload).toEqual({
      iss: ISSUER,
      aud: 'tokenledger',
      iat: expect.any(Number),
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      txn: expect.any(String),
      sub_id: {
        format: 'complex',
        session: { format: 'opaque', id: pair.session_id },
        user: { format: 'iss_sub', iss: ISSUER, sub: user_id },
      },
      events: {
        [`${CAEP}session-revoked`]: {
          event_timestamp: expect.any(Number),
          initiating_entity: 'user',
          reason_admin: { en: 'The user signed out.' },
        },
      },
    });
  });

  it('comes once for theft', async () => {
    const stream = await opened();
    const { refresh_token, session_id } = await oauth.signedIn();
    let token = refresh_token;
    for (let turn = 0; turn < 3; turn += 1) token = (await oauth.app.api.refresh(token)).body.refresh_token;
    await oauth.app.api.refresh(refresh_token);
    const [block] = await stream.messages(1);
    await stream.comment('caught up', block);
    const messages = await claims(await stream.messages(1));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ sub_id: { session: { id: session_id } } });
    expect(messages[0]!.events).toMatchObject({ [`${CAEP}session-revoked`]: { initiating_entity: 'system' } });
  });

  it('about all sessions is one, whichever is kept', async () => {
    const credentials = freshCredentials();
    const pair = await oauth.app.api.signedIn(credentials);
    for (let more = 0; more < 3; more += 1) await oauth.app.api.signIn(credentials);
    const stream = await opened();
    await oauth.app.api.logoutAll(pair.access_token, true);
    await oauth.app.api.logoutAll(pair.access_token);
    const [kept, all] = await claims(await stream.messages(2));
    expect(kept!.sub_id).not.toHaveProperty('session');
    const eventOf = (payload: JWTPayload): unknown => (payload.events as Record<string, unknown>)[`${CAEP}session-revoked`];
    expect(eventOf(kept!)).toMatchObject({ kept_session_id: pair.session_id });
    expect(eventOf(all!)).not.toHaveProperty('kept_session_id');
  });

  it('about a change of the password is one credential-change', async () => {
    const credentials = freshCredentials();
    const pair = await oauth.app.api.signedIn(credentials);
    const stream = await opened();
    const passwords = { current_password: credentials.password, new_password: `${credentials.password} again` };
    const changed = await oauth.app.api.post('password/change', passwords, {
      authorization: `Bearer ${pair.access_token}`,
    });
    expect(changed.status).toBe(200);
    // Something else behind it, so that it is known to be all.
    await oauth.app.api.logout((await oauth.signedIn()).refresh_token);
    const messages = await claims(await stream.messages(2));
    const types = messages.map(({ events }) => Object.keys(events as object));
    // The former session on the device is ended by the change, not by the new one.
    expect(types).toEqual([[`${CAEP}credential-change`], [`${CAEP}session-revoked`]]);
    expect(messages[0]!.sub_id).not.toHaveProperty('session');
    expect(messages[0]!.events).toMatchObject({
      [`${CAEP}credential-change`]: { credential_type: 'password', change_type: 'update', initiating_entity: 'user' },
    });
  });
});

describe('a stream', () => {
  it('begins now without an id, and after the id with one', async () => {
    const first = await opened();
    const sessions = [await oauth.signedIn(), await oauth.signedIn(), await oauth.signedIn()];
    for (const { refresh_token } of sessions) await oauth.app.api.logout(refresh_token);
    const all = await first.messages(3);
    first.close();
    const resumed = await opened({ 'last-event-id': all[0]!.id! });
    expect((await claims(await resumed.messages(2))).map(({ jti }) => jti)).toEqual(
      (await claims(all.slice(1))).map(({ jti }) => jti),
    );
    const fresh = await opened();
    expect(fresh.blocks.filter(({ data }) => data !== null)).toEqual([]);
  });

  it('resumes where it was caught up, also if it had brought no message', async () => {
    const stream = await open();
    const { id } = await stream.comment('caught up');
    stream.close();
    await oauth.app.api.logout((await oauth.signedIn()).refresh_token);
    expect(await (await opened({ 'last-event-id': id! })).messages(1)).toHaveLength(1);
  });

  it.each([['x'], ['AAAA'], ['A'.repeat(300)]])('does not begin at an id that was never given: %#', async (id) => {
    const stream = await open({ 'last-event-id': id });
    expect(stream.status).toBe(400);
  });

  it('is for resource servers alone', async () => {
    const pair = await oauth.signedIn();
    const status = async (authorization: string): Promise<number> => (await open({ authorization })).status;
    expect(await status(`Bearer ${pair.access_token}`)).toBe(403);
    expect(await status(basic('shop', SECRET).authorization)).toBe(403);
    expect(await status(basic('gateway', 'wrong').authorization)).toBe(401);
    expect(await status('')).toBe(401);
  });

  it('is for a Bearer with the role, as long as they have it and their token is good', async () => {
    const [signingOut, losing] = [
      await signedInAdmin(oauth.app, 'resource_server'),
      await signedInAdmin(oauth.app, 'resource_server'),
    ];
    const bearing = ({ pair }: SignedIn): Promise<EventStream> => opened({ authorization: `Bearer ${pair.access_token}` });
    const [first, second] = [await bearing(signingOut), await bearing(losing)];
    await oauth.app.api.logout((await oauth.signedIn()).refresh_token);
    for (const stream of [first, second]) expect(await stream.messages(1)).toHaveLength(1);
    await oauth.app.api.logout(signingOut.pair.refresh_token);
    // The stream of this bearer may end before the message about its own session.
    expect(await second.messages(2)).toHaveLength(2);
    await eventually('the stream of who has signed out ends', () => first.ended());
    expect(second.ended()).toBe(false);
    await changeRole(oauth.app, losing, { role: 'resource_server', granted: false });
    // Whether the right is lost is asked in the quiet after a message.
    await oauth.app.api.logout((await oauth.signedIn()).refresh_token);
    await eventually('the stream of who has lost the role ends', () => second.ended());
  });

  it('resumes over a restart, and ends when the server drains', async () => {
    const folder = temporaryFolder();
    const options = { folder: folder.path, env: { ISSUER } };
    const position = await (async () => {
      const first = await startOAuthApp(options);
      const stream = await open({}, first.app.url);
      const { id } = await stream.comment('caught up');
      await first.app.api.logout((await first.signedIn()).refresh_token);
      await stream.messages(1);
      first.app.application.drain();
      await eventually('the stream ends before the server does', () => stream.ended());
      await first.close();
      return id!;
    })();
    const second = await startOAuthApp(options);
    try {
      const resumed = await open({ 'last-event-id': position }, second.app.url);
      const [block] = await resumed.messages(1);
      expect((await verified(block!, second.app.url)).protectedHeader).toMatchObject({ typ: 'secevent+jwt', alg: 'EdDSA' });
      resumed.close();
    } finally {
      await second.close();
      folder.remove();
    }
  });

  it('of another installation does not begin', async () => {
    const { id } = await (await open()).comment('caught up');
    const other = await startApp();
    try {
      expect((await open({ 'last-event-id': id! }, other.url)).status).toBe(401);
    } finally {
      await other.close();
    }
  });
});
