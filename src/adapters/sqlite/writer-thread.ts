/** The thread that does all writing to one file: loads the job modules, then commits group after group. */
import { parentPort, workerData } from 'node:worker_threads';
import { openWriting, type Connection } from './connection.js';
import { reasonOf } from './errors.js';
import { GroupCommit, type RunJob } from './group-commit.js';
import type { PrepareJobs, Transactions } from './jobs.js';
import type { FromWriter, ToWriter, WriterSetup } from './messages.js';

type AnyJob = (args: unknown) => unknown;

if (parentPort === null) throw new Error('writer-thread is started by Writer, as a thread');
const port = parentPort;
const { path, jobModules } = workerData as WriterSetup;

function answer(message: FromWriter): void {
  port.postMessage(message);
}

async function loadJobs(db: Connection, transactions: Transactions): Promise<Map<string, AnyJob>> {
  const jobs = new Map<string, AnyJob>();
  for (const url of jobModules) {
    const module = (await import(url)) as { prepare: PrepareJobs };
    for (const [name, job] of Object.entries(module.prepare(db, transactions))) {
      if (jobs.has(name)) throw new Error(`two jobs are named ${name}`);
      jobs.set(name, job as AnyJob);
    }
  }
  return jobs;
}

function serve(db: Connection, groups: GroupCommit): void {
  port.on('message', (message: ToWriter) => {
    if ('group' in message) {
      answer({ answers: groups.commit(message.group) });
      return;
    }
    // The driver keeps a connection alive as long as its statements: fold the write-ahead log in now, not at that end.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    port.close();
  });
}

try {
  const db = openWriting(path);
  const atBegin: (() => void)[] = [];
  const afterRollback: (() => void)[] = [];
  const afterCommit: (() => void)[] = [];
  const jobs = await loadJobs(db, {
    onBegin: (look) => atBegin.push(look),
    onRollback: (forget) => afterRollback.push(forget),
    onCommit: (act) => afterCommit.push(act),
  });
  const run: RunJob = (name, args) => {
    const job = jobs.get(name);
    if (job === undefined) throw new Error('no such job');
    return job(args);
  };
  const callAll = (listeners: readonly (() => void)[]) => (): void => {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        answer({ warning: reasonOf(error) });
      }
    }
  };
  const begun = (): void => {
    for (const look of atBegin) look();
  };
  const listeners = { begun, committed: callAll(afterCommit), rolledBack: callAll(afterRollback) };
  serve(db, new GroupCommit(db, run, listeners));
  answer({ ready: true });
} catch (error) {
  answer({ openFailed: reasonOf(error) });
}
