/** The whole application with its read model and keys in MongoDB. */
import { expect, it } from '@jest/globals';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase, portOf, throughPort } from '../support/mongo-database.js';
import { caughtUp } from '../support/log.js';
import { rebuilt } from '../support/differences.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { TcpProxy } from '../support/tcp-proxy.js';

serverDescribe('with the read model in MongoDB', 'MONGODB_URL', (url) => {
  it('G8, G12, G14: serves all of it; while MongoDB is down refreshing and signing out go on, and nothing is skipped', async () => {
    const folder = temporaryFolder();
    const database = openMongoDatabase(url);
    const proxy = await TcpProxy.before(portOf(database.url));
    const env = {
      MONGODB_URL: throughPort(database.url, proxy.port),
      KEYS_FILE: await newKeysFile(folder.path),
    };
    const app = await startApp({ env, folder: folder.path });
    const { api, application } = app;
    try {
      const credentials = freshCredentials();
      const one = await api.signedIn(credentials);
      const login = await api.login(credentials, { device_name: 'Second' });
      expect(await api.devices(one.access_token, login.headers.get('log-position'))).toHaveLength(2);

      await proxy.refuse();
      const refreshed = await api.refresh(one.refresh_token);
      expect(refreshed.status).toBe(200);
      expect((await api.logout(login.body.refresh_token)).status).toBe(204);
      const unavailable = await api.get('devices', refreshed.body.access_token);
      expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '2']);
      for (const refused of [await api.register(freshCredentials()), await api.login(credentials)])
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
      const ready = await app.operations.request('/readyz');
      expect([ready.status, ready.body.status]).toEqual([200, 'degraded']);

      await proxy.listen();
      const again = await api.refresh(refreshed.body.refresh_token);
      const position = again.headers.get('log-position');
      await caughtUp(application);
      const devices = await api.devices(again.body.access_token, position);
      expect(devices.map(({ session_id, generation }) => [session_id, generation])).toEqual([[one.session_id, 2]]);
      expect((await rebuilt(application)).differences).toEqual([]);
    } finally {
      await app.close();
      await proxy.refuse();
      await database.close();
      folder.remove();
    }
  });
});
