import { openMongoKeyStore } from '../../src/adapters/mongodb/key-store/mongo-key-store.js';
import { keyStoreContract } from '../contract/key-store.js';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

serverDescribe('key store in MongoDB', 'MONGODB_URL', (url) => {
  keyStoreContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ store: openMongoKeyStore(database.connection), close: () => database.close() });
  });
});
