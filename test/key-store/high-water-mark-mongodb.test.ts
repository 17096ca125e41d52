import { openMongoHighWaterMark } from '../../src/adapters/mongodb/key-store/mongo-high-water-mark.js';
import { highWaterMarkContract } from '../contract/high-water-mark.js';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

serverDescribe('high-water mark in MongoDB', 'MONGODB_URL', (url) => {
  highWaterMarkContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ mark: openMongoHighWaterMark(database.connection), close: () => database.close() });
  });
});
