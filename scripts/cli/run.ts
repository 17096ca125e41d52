import { ConfigError } from '../../src/config.js';
import type { Environment } from '../../src/config/environment.js';
import { isForeseen } from '../../src/config/foreseen-errors.js';
import { configWarnings } from '../../src/config/warnings.js';
import type { RegisteredCommand } from './command.js';
import { RefusedError, UsageError } from './errors.js';
import { OperatorClient } from './operator.js';
import { Output, type Streams } from './output.js';

const GENERAL = `  --json   JSON and nothing else on the standard output: one object, or an object a line
  --help   how to use a command
Exit codes: 0 done, 1 a check found something or it was refused, 2 used wrongly.`;

/**
 * Runs the command that the arguments name. Resolves to the exit code: 0 done, 1 a check found something, it was refused or it
 * failed, 2 used or set up wrongly. What is foreseen is printed as a sentence, on the standard error.
 */
export async function runTool(
  commands: readonly RegisteredCommand[],
  argv: readonly string[],
  { environment, ...streams }: Streams & { readonly environment: Environment },
): Promise<number> {
  const { flags, rest } = split(argv);
  const output = new Output(flags.has('--json'), streams);
  const wantsHelp = flags.has('--help') || rest[0] === 'help';
  const [name, ...args] = rest[0] === 'help' ? rest.slice(1) : rest;
  const registered = commands.find((one) => one.name === name);
  if (registered === undefined) {
    if (name === undefined && wantsHelp) streams.stdout.write(`${overview(commands)}\n`);
    else output.note(`${name === undefined ? '' : `There is no command ${name}.\n\n`}${overview(commands)}`);
    return name === undefined && wantsHelp ? 0 : 2;
  }
  const { command } = await registered.load();
  if (wantsHelp) {
    streams.stdout.write(`${command.usage}\n`);
    return 0;
  }
  try {
    for (const warning of configWarnings(environment)) output.note(warning);
    return await command.run({ args, environment, output, operator: new OperatorClient(environment) });
  } catch (error) {
    return report(error, command.usage, output);
  }
}

/** The flags that every command has may stand anywhere. */
function split(argv: readonly string[]): { readonly flags: ReadonlySet<string>; readonly rest: readonly string[] } {
  const general = new Map([
    ['--json', '--json'],
    ['--help', '--help'],
    ['-h', '--help'],
  ]);
  return {
    flags: new Set(argv.flatMap((arg) => general.get(arg) ?? [])),
    rest: argv.filter((arg) => !general.has(arg)),
  };
}

function overview(commands: readonly RegisteredCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`).join('\n');
  return `npx tokenledger <command> [--json] [--help]\n\n${list}\n\n${GENERAL}`;
}

function report(error: unknown, usage: string, output: Output): number {
  if (isUsage(error)) {
    output.note(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (error instanceof ConfigError) {
    output.note(error.message);
    return 2;
  }
  // A stack is for what nobody foresaw.
  output.note(
    error instanceof RefusedError || isForeseen(error) || isOfFiles(error)
      ? error.message
      : String(error instanceof Error ? error.stack : error),
  );
  return 1;
}

/** `parseArgs` throws an error with a code of its own, and an operation one for an input that it cannot take. */
function isUsage(error: unknown): error is Error {
  // By its name, so that nobody loads the operations to recognise it.
  if (error instanceof UsageError || (error instanceof Error && error.name === 'OperatorInputError')) return true;
  return typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** What the file system refuses names the path and why: a full disk, a folder in place of a file. */
function isOfFiles(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
