import type { Config } from '../config.js';

type Listening = Pick<Config, 'host' | 'port' | 'operationsHost' | 'operationsPort'>;

/** What a system call says that failed. */
interface SystemError {
  readonly code: string;
  readonly syscall: string;
  readonly port?: number;
  readonly address?: string;
}

/**
 * A sentence for an error of the operating system that ends a start: what is wrong, which variable it is about, what to do. Null
 * for any other error.
 */
export function startProblem(error: unknown, config: Listening): string | null {
  if (!isSystemError(error)) return null;
  if (error.syscall === 'listen' || error.syscall === 'bind') return listenProblem(error, config);
  if (error.syscall === 'getaddrinfo')
    return `HOST or OPERATIONS_HOST is no address of this machine (${error.code}): set it to one, for example 127.0.0.1.`;
  return null;
}

function listenProblem({ code, port = 0, address = '' }: SystemError, config: Listening): string {
  const isOperations = port === config.operationsPort && port !== config.port;
  const [portName, hostName] = isOperations ? ['OPERATIONS_PORT', 'OPERATIONS_HOST'] : ['PORT', 'HOST'];
  switch (code) {
    case 'EADDRINUSE':
      // Two host names that mean the same address are seen only here.
      if (port === config.operationsPort && port === config.port)
        return `PORT and OPERATIONS_PORT are both ${port}, and it is in use at ${address}: set each to a port of its own.`;
      return `${portName} ${port} is in use at ${address}: stop the program that listens there, or set ${portName} to another.`;
    case 'EACCES':
      return `${portName} ${port} is not allowed for this user: set ${portName} to one from 1024 on.`;
    case 'EADDRNOTAVAIL':
      return `${hostName} ${address} is no address of this machine: set it to one, for example 127.0.0.1.`;
    default:
      return `${hostName} ${address}, ${portName} ${port}: listening there failed (${code}).`;
  }
}

function isSystemError(error: unknown): error is SystemError {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;
}
