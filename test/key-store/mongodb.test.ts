import { openMongoKeyStore } from '../../src/key-store/mongodb/mongo-key-store.js';
import { keyStoreContract } from '../contract/key-store.js';
import { withBackend } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

withBackend('MONGODB_URL', (url) => {
  keyStoreContract('mongodb', () => {
    const { connection, close } = openMongoDatabase(url);
    return Promise.resolve({ store: openMongoKeyStore(connection), close });
  });
});
