/** The job module of the read model and the checkpoints: what the writer thread of the SQLite file runs for them. */
import type { PrepareJobs } from '../jobs.js';
import { prepareCheckpointJobs } from './checkpoint-jobs.js';
import { prepareReadModelJobs } from './read-model-jobs.js';

export const prepare: PrepareJobs = (db) => ({ ...prepareReadModelJobs(db), ...prepareCheckpointJobs(db) });
