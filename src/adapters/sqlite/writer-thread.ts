/** The thread that does all the writing: for each file it loads the job modules, then commits group after group. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { openWriting, type Connection } from './connection.js';
import { reasonOf } from './errors.js';
import { GroupCommit, type RunJob } from './group-commit.js';
import type { PrepareJobs, Transactions } from './jobs.js';
import type { FromWriter, OpenOrder, ToWriter } from './messages.js';

type AnyJob = (args: unknown) => unknown;

if (parentPort === null) throw new Error('writer-thread is started by Writer, as a thread');
const thread = parentPort;

async function loadJobs(
  db: Connection,
  transactions: Transactions,
  modules: readonly string[],
): Promise<Map<string, AnyJob>> {
  const jobs = new Map<string, AnyJob>();
  for (const url of modules) {
    const module = (await import(url)) as { prepare: PrepareJobs };
    for (const [name, job] of Object.entries(module.prepare(db, transactions))) {
      if (jobs.has(name)) throw new Error(`two jobs are named ${name}`);
      jobs.set(name, job as AnyJob);
    }
  }
  return jobs;
}

function serve(port: MessagePort, db: Connection, groups: GroupCommit): void {
  port.on('message', (message: ToWriter) => {
    if ('group' in message) {
      answer(port, { answers: groups.commit(message.group) });
      return;
    }
    foldIn(db, port);
    db.close();
    port.close();
  });
}

/** The driver keeps a connection alive as long as its statements: folds the write-ahead log in now, not at that end. */
function foldIn(db: Connection, port: MessagePort): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // On a full disk, for example. The log stays beside the file, and the next who opens it reads both.
    answer(port, { warning: reasonOf(error) });
  }
}

function answer(port: MessagePort, message: FromWriter): void {
  port.postMessage(message);
}

/** Opens a file and serves its jobs, or says why it cannot. */
async function open({ setup: { path, jobModules }, port }: OpenOrder): Promise<void> {
  try {
    const db = openWriting(path);
    const atBegin: (() => void)[] = [];
    const afterRollback: (() => void)[] = [];
    const afterCommit: (() => void)[] = [];
    const transactions: Transactions = {
      onBegin: (look) => atBegin.push(look),
      onRollback: (forget) => afterRollback.push(forget),
      onCommit: (act) => afterCommit.push(act),
    };
    const jobs = await loadJobs(db, transactions, jobModules);
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
          answer(port, { warning: reasonOf(error) });
        }
      }
    };
    const begun = (): void => {
      for (const look of atBegin) look();
    };
    const listeners = { begun, committed: callAll(afterCommit), rolledBack: callAll(afterRollback) };
    serve(port, db, new GroupCommit(db, run, listeners));
    answer(port, { ready: true });
  } catch (error) {
    answer(port, { openFailed: reasonOf(error) });
  }
}

thread.on('message', (order: OpenOrder | 'end') => {
  // The files are closed by then.
  if (order === 'end') thread.close();
  else void open(order);
});
