import { openMongoCheckpoints } from '../../src/adapters/mongodb/read-model/mongo-checkpoints.js';
import { openMongoLeases } from '../../src/adapters/mongodb/read-model/mongo-leases.js';
import { openMongoReadModel } from '../../src/adapters/mongodb/read-model/mongo-read-model.js';
import { checkpointsContract } from '../contract/checkpoints.js';
import { leasesContract } from '../contract/leases.js';
import { MADE_BY, readModelContract } from '../contract/read-model.js';
import { serverDescribe } from '../support/backends.js';
import { openMongoDatabase } from '../support/mongo-database.js';

serverDescribe('read model, checkpoints and leases in MongoDB', 'MONGODB_URL', (url) => {
  readModelContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ readModel: openMongoReadModel(database.connection, MADE_BY), close: () => database.close() });
  });

  checkpointsContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ checkpoints: openMongoCheckpoints(database.connection), close: () => database.close() });
  });

  leasesContract('mongodb', () => {
    const database = openMongoDatabase(url);
    return Promise.resolve({ leases: openMongoLeases(database.connection), close: () => database.close() });
  });
});
