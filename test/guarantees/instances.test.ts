/** What one instance has done holds at once on another one of the same installation, over EventStoreDB and MongoDB. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { changeRole, signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import type { Answer, Pair } from '../support/api-client.js';
import { serverDescribe } from '../support/backends.js';
import { dpopKey } from '../support/dpop-key.js';
import { openEventStream, type Block, type EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { basic, ISSUER, SECRET, type OAuthApp } from '../support/oauth-app.js';
import { freshCredentials } from '../support/running-app.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';

const API = '/api/v1/auth';
const codeOf = ({ status, body }: Answer<object>): unknown => [status, (body as { code?: string }).code];

serverDescribe('two instances', 'MONGODB_URL', (mongoUrl) => {
  let instances: TwoInstances;
  let one: OAuthApp;
  let other: OAuthApp;
  let streams: EventStream[] = [];
  beforeAll(async () => {
    instances = await startTwoInstances(mongoUrl);
    ({ one, other } = instances);
  });
  afterEach(() => {
    for (const stream of streams) stream.close();
    streams = [];
  });
  afterAll(() => instances.close());

  const administer = ({ pair }: SignedIn, { userId }: SignedIn, action: string): Promise<Answer> =>
    one.app.api.request(`/api/v1/admin/users/${userId}/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pair.access_token}`, 'content-type': 'application/json' },
      body: '{}',
    });

  describe('G4: an account that is disabled at one', () => {
    it('is refused by the other at the next request, whatever that is and whatever it has seen before', async () => {
      const admin = await signedInAdmin(one.app);
      const user = await signedInUser(other.app);
      const { access_token: token, refresh_token: refreshToken } = user.pair;
      const me = (): Promise<Answer> => other.app.api.get('me', token);
      expect((await me()).status).toBe(200);
      const introspect = (): Promise<Answer> => other.form('introspect', { token }, basic('gateway', SECRET));
      expect((await introspect()).body.active).toBe(true);

      expect((await administer(admin, user, 'disable')).status).toBe(204);
      expect(codeOf(await me())).toEqual([401, 'token_revoked']);
      expect((await introspect()).body).toEqual({ active: false });
      expect(codeOf(await other.app.api.refresh(refreshToken))).toEqual([401, 'token_revoked']);
      const refused = await other.app.api.login(user);
      expect(refused.status).not.toBe(200);

      expect((await administer(admin, user, 'enable')).status).toBe(204);
      expect((await other.app.api.login(user)).status).toBe(200);
      expect(codeOf(await other.app.api.refresh(refreshToken))).toEqual([401, 'token_revoked']);
    });

    it('has no powers there any more, nor has whose role was taken', async () => {
      const [admin, disabled, dismissed] = [
        await signedInAdmin(one.app),
        await signedInAdmin(one.app),
        await signedInAdmin(one.app),
      ];
      const list = ({ pair }: SignedIn): Promise<Answer> =>
        other.app.api.request('/api/v1/admin/users', { headers: { authorization: `Bearer ${pair.access_token}` } });
      for (const user of [disabled, dismissed]) expect((await list(user)).status).toBe(200);
      expect((await administer(admin, disabled, 'disable')).status).toBe(204);
      await changeRole(one.app, dismissed, { role: 'admin', granted: false });
      expect(codeOf(await list(disabled))).toEqual([401, 'token_revoked']);
      expect(codeOf(await list(dismissed))).toEqual([403, 'forbidden']);
    });
  });

  describe('G18: a key that is destroyed through one', () => {
    it('is forgotten by the other too, long before it would be read again', async () => {
      const admin = await signedInAdmin(one.app);
      const user = await signedInUser(one.app, 'Ada');
      const { userKeys } = other.app.application.context;
      // The other one has it in memory.
      expect((await other.app.api.get('me', user.pair.access_token)).body.email).toBe(user.email);
      expect(await userKeys.get(user.userId)).not.toBeNull();

      expect((await administer(admin, user, 'erase')).status).toBe(204);
      const { keyStore } = one.app.application.stores;
      await eventually('the key is destroyed', async () => (await keyStore.get(user.userId)) === 'destroyed');
      const isForgotten = async (): Promise<boolean> => (await userKeys.state(user.userId)) === 'destroyed';
      await eventually('the other one has forgotten it', isForgotten, { withinMs: 30_000 });
      expect((await other.app.api.login(user)).status).toBe(401);
      expect((await other.app.api.refresh(user.pair.refresh_token)).status).toBe(401);
    });
  });

  describe('the revocation feed', () => {
    const open = async (at: OAuthApp, lastEventId?: string | null): Promise<EventStream> => {
      const resumed = typeof lastEventId === 'string' ? { 'last-event-id': lastEventId } : {};
      const stream = await openEventStream(`${at.app.url}${API}/revocations`, { ...basic('gateway', SECRET), ...resumed });
      streams.push(stream);
      return stream;
    };
    const sessionsOf = (blocks: readonly Block[]): readonly (string | undefined)[] =>
      blocks.map(({ data }) => decodeJwt<{ sub_id: { session?: { id: string } } }>(data!).sub_id.session?.id);
    const signOut = async (at: OAuthApp): Promise<string> => {
      const pair = await at.signedIn();
      expect((await at.app.api.logout(pair.refresh_token)).status).toBe(204);
      return pair.session_id;
    };

    it('of one is resumed at the other by the id that was read last: nothing is left out, nothing comes twice', async () => {
      const before = await open(one);
      await before.comment('caught up');
      const read = await signOut(one);
      const [last] = await before.messages(1);
      before.close();
      const missed = [await signOut(one), await signOut(other)];
      const after = await open(other, last!.id);
      expect(sessionsOf([last!])).toEqual([read]);
      expect(sessionsOf(await after.messages(2))).toEqual(missed);
      const live = await signOut(one);
      expect(sessionsOf(await after.messages(3))).toEqual([...missed, live]);
    });

    it('of one is resumed at the other where it was caught up', async () => {
      const before = await open(one);
      const { id } = await before.comment('caught up');
      before.close();
      const missed = await signOut(other);
      expect(sessionsOf(await (await open(other, id)).messages(1))).toEqual([missed]);
    });
  });

  describe('a DPoP proof that was used at one', () => {
    it('is refused by the other, and the session goes on', async () => {
      const key = await dpopKey();
      const credentials = freshCredentials();
      await one.app.api.register(credentials);
      const dpop = await key.proof('POST', `${ISSUER}${API}/login`);
      const login = await one.app.api.post<Pair>('login', credentials, { dpop });
      expect(login.status).toBe(200);
      expect(codeOf(await other.app.api.post('login', credentials, { dpop }))).toEqual([400, 'invalid_dpop_proof']);

      const proof = await key.proof('POST', `${ISSUER}${API}/refresh`);
      const refresh = (at: OAuthApp, token: string): Promise<Answer<Pair>> =>
        at.app.api.post<Pair>('refresh', { refresh_token: token }, { dpop: proof });
      const { body: next } = await refresh(one, login.body.refresh_token);
      expect(codeOf(await refresh(other, next.refresh_token))).toEqual([400, 'invalid_dpop_proof']);
      const fresh = await key.proof('POST', `${ISSUER}${API}/refresh`);
      const refreshed = await other.app.api.post('refresh', { refresh_token: next.refresh_token }, { dpop: fresh });
      expect(refreshed.status).toBe(200);
    });

    it('is taken once by both together, however they race', async () => {
      const key = await dpopKey();
      const credentials = freshCredentials();
      await one.app.api.register(credentials);
      const signingIn = await key.proof('POST', `${ISSUER}${API}/login`);
      const { body: pair } = await one.app.api.post<Pair>('login', credentials, { dpop: signingIn });
      const dpop = await key.proofFor(pair.access_token, 'GET', `${ISSUER}${API}/me`);
      const headers = { authorization: `DPoP ${pair.access_token}`, dpop };
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => [one, other][index % 2]!.app.api.request(`${API}/me`, { headers })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });
  });
});
