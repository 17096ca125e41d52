/** The job module of an event store that is only read: it leaves the file as it is, whatever another tool has made of it. */
import type { PrepareJobs } from '../jobs.js';
import { pingJob } from '../ping.js';
import { PING } from './append-job.js';
import { TABLES } from './schema.js';

export const prepare: PrepareJobs = (db) => {
  // Without these no statement could be prepared. The index is not made where it is missing: two events may have one revision.
  db.exec(TABLES);
  return { [PING]: pingJob(db) };
};
