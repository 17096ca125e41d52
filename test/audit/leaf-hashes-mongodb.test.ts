import { openMongoLeafHashes } from '../../src/adapters/mongodb/audit/mongo-leaf-hashes.js';
import { leafHashesContract } from '../contract/leaf-hashes.js';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

serverDescribe('leaf hashes in MongoDB', 'MONGODB_URL', (url) => {
  leafHashesContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ leaves: openMongoLeafHashes(database.connection), close: () => database.close() });
  });
});
