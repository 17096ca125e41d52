/** The job module of the read model and the leases: what the writer thread of the SQLite file runs for them. */
import type { PrepareJobs } from '../jobs.js';
import { prepareLeaseJobs } from './lease-jobs.js';
import { prepareReadModelJobs } from './read-model-jobs.js';

export const prepare: PrepareJobs = (db) => ({ ...prepareReadModelJobs(db), ...prepareLeaseJobs(db) });
