import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { OpenOrder, WriterSetup } from './messages.js';

/** The one thread that writes to all files of this process: a thread costs 8 MB, and one processor's time is the same for two. */
let host: Host | null = null;

interface Host {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  files: number;
}

function startHost(): Host {
  const worker = new Worker(new URL('./writer-thread.js', import.meta.url));
  // Each file listens.
  worker.setMaxListeners(0);
  const started: Host = { worker, exited: new Promise((resolve) => worker.once('exit', () => resolve())), files: 0 };
  // One that has ended serves no other file.
  worker.once('exit', () => forget(started));
  return started;
}

function forget(ended: Host): void {
  if (host === ended) host = null;
}

/** The way to one file's side of the thread. */
export interface WriterLine {
  readonly port: MessagePort;
  /** Calls the listener if the thread ends by itself: with what it failed with, or nothing. Returns how to stop that. */
  onEnd(listener: (error: Error | null) => void): () => void;
  /** This file needs the thread no more. Resolves once it has ended, if it was the last. */
  release(): Promise<void>;
}

/** Asks the thread to open a file, and starts it if there is none. */
export function writerLine(setup: WriterSetup): WriterLine {
  const mine = (host ??= startHost());
  const { worker } = mine;
  mine.files += 1;
  const { port1, port2 } = new MessageChannel();
  const order: OpenOrder = { setup, port: port2 };
  worker.postMessage(order, [port2]);
  return {
    port: port1,
    onEnd: (listener) => {
      const failed = (error: Error): void => listener(error);
      const exited = (): void => listener(null);
      worker.on('error', failed).on('exit', exited);
      return () => void worker.off('error', failed).off('exit', exited);
    },
    release: async () => {
      mine.files -= 1;
      if (mine.files > 0) return;
      forget(mine);
      worker.postMessage('end');
      await mine.exited;
    },
  };
}
