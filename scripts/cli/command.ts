import type { Environment } from '../../src/config/environment.js';
import type { OperatorClient } from './operator.js';
import type { Output } from './output.js';

/** What a command works with. */
export interface CommandContext {
  /** What stands after the command's name, without `--json` and `--help`. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  /** Asks the running server, or does it here where there is none. */
  readonly operator: OperatorClient;
}

/** One command of the tool, in a file of its own. */
export interface Command {
  /** How to use it: printed by `--help` and after wrong use. */
  readonly usage: string;
  /** Resolves to the exit code: 0 done, 1 a check found something. Rejects with `UsageError`, `RefusedError` and the like. */
  run(context: CommandContext): Promise<number>;
}

/** A command in the list of commands; loaded when it is used, so that a health check does not load all of the program. */
export interface RegisteredCommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}
