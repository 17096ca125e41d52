import { openMongoLeases } from '../../src/read-model/mongodb/mongo-leases.js';
import { openMongoReadModel } from '../../src/read-model/mongodb/mongo-read-model.js';
import { leasesContract } from '../contract/leases.js';
import { readModelContract } from '../contract/read-model.js';
import { withBackend } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

withBackend('MONGODB_URL', (url) => {
  readModelContract('mongodb', () => {
    const { connection, close } = openMongoDatabase(url);
    return Promise.resolve({ readModel: openMongoReadModel(connection), close });
  });

  leasesContract('mongodb', () => {
    const { connection, close } = openMongoDatabase(url);
    return Promise.resolve({ leases: openMongoLeases(connection), close });
  });
});
