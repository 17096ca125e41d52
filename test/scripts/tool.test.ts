import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Command, CommandContext, RegisteredCommand } from '../../scripts/cli/command.js';
import { RefusedError, UsageError } from '../../scripts/cli/errors.js';
import { runTool } from '../../scripts/cli/run.js';
import { COMMANDS } from '../../scripts/registry.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { OperatorInputError } from '../../src/operator/errors.js';
import { SealError } from '../../src/security/aes-gcm.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(commands: readonly RegisteredCommand[], ...argv: readonly string[]): Promise<Ran> {
  return runIn({}, commands, argv);
}

async function runIn(
  environment: Readonly<Record<string, string>>,
  commands: readonly RegisteredCommand[],
  argv: readonly string[],
): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runTool(commands, argv, { environment, stdout, stderr });
  const text = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? '').toString();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A tool with one command, `do`. */
const withCommand = (work: (context: CommandContext) => Promise<number>): RegisteredCommand[] => {
  const command: Command = { usage: 'npx tokenledger do', run: work };
  return [{ name: 'do', summary: 'does', load: () => Promise.resolve({ command }) }];
};

const NO_INSTANT = (option: string): string => `--${option} must be an ISO instant, for example 2026-03-01T12:00:00Z.`;

describe('the tool', () => {
  it('lists its commands: as help, or because it was used wrongly', async () => {
    for (const argv of [['--help'], ['-h'], ['help']]) {
      const helped = await run(COMMANDS, ...argv);
      expect(helped).toMatchObject({ code: 0, stderr: '' });
      for (const { name, summary } of COMMANDS) expect(helped.stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    }
    expect(await run(COMMANDS)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('rebuild') });
    const unknown = await run(COMMANDS, 'dance', '--json');
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^There is no command dance\./) });
  });

  it.each(COMMANDS.map(({ name }) => name))('says how to use %s, which npm runs too', async (name) => {
    expect((await run(COMMANDS, name, '--help')).stdout).toMatch(new RegExp(`^npx tokenledger ${name}\\b`));
    expect((await run(COMMANDS, 'help', name)).code).toBe(0);
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts[name]).toMatch(new RegExp(`bin/tokenledger\\.js ${name}$`));
  });

  it('gives a command what stands after its name, and its exit code back', async () => {
    const seen: (readonly string[])[] = [];
    const commands = withCommand(({ args }) => {
      seen.push(args);
      return Promise.resolve(1);
    });
    expect((await run(commands, '--json', 'do', 'it', '--now')).code).toBe(1);
    expect(seen).toEqual([['it', '--now']]);
  });

  it('prints results as JSON alone, or in words', async () => {
    const commands = withCommand(({ output }) => {
      output.words('for people');
      output.note('a remark');
      const bar = output.progress();
      bar.update(0.5, 'half');
      bar.stop();
      output.result({ a: 1 }, 'one');
      output.result({ a: 2 }, 'two');
      return Promise.resolve(0);
    });
    expect(await run(commands, 'do', '--json')).toEqual({ code: 0, stdout: '{"a":1}\n{"a":2}\n', stderr: 'a remark\n' });
    expect((await run(commands, 'do')).stdout).toBe('for people\none\ntwo\n');
  });

  it.each([
    [new UsageError('No.'), 2, 'No.\n\nnpx tokenledger do\n'],
    [new RefusedError('It is full.'), 1, 'It is full.\n'],
    [new OperatorInputError('not as expected: user'), 2, 'not as expected: user\n\nnpx tokenledger do\n'],
    [new SealError('the email of user 1 does not open'), 1, 'the email of user 1 does not open\n'],
    [new StoreUnavailableError('read model', 'gone'), 1, expect.not.stringMatching(/\n {4}at /)],
    [new Error('a defect'), 1, expect.stringMatching(/^Error: a defect\n {4}at /)],
  ])('reports %s', async (error, code, stderr) => {
    const commands = withCommand(() => Promise.reject(error));
    expect(await run(commands, 'do', '--json')).toEqual({ code, stdout: '', stderr });
  });

  it.each([
    ['log', 'Say what to do with the log.'],
    ['log dance', 'Unknown: log dance'],
    ['log disown', 'Name one event, by its stream and its revision.'],
    ['log disown a-stream --yes', 'Name one event, by its stream and its revision.'],
    ['log disown a-stream 1 2 --yes', 'Name one event, by its stream and its revision.'],
    ['log disown a-stream one --yes', 'REVISION must be a whole number from 0.'],
    ['log disown a-stream 1', 'The event at revision 1 of a-stream is left out for ever. Confirm with --yes.'],
    ['log disown a-stream 1 --sign-out-all', '--sign-out-all is for log restored.'],
    ['log restored today --yes', 'log restored takes nothing more: leave out today.'],
    ['keys dance', 'Unknown: keys dance'],
    ['keys rotate now', 'keys rotate takes nothing more: leave out now.'],
    ['users', 'Say what to do with users.'],
    ['users dance', 'Unknown: users dance'],
    ['users list ada', 'users list takes nothing more: leave out ada.'],
    ['users show', 'Name one user, by address or id.'],
    ['users disable one two', 'Name one user, by address or id.'],
    ['users grant one', 'Name one user and one role.'],
    ['users grant one admin two', 'Name one user and one role.'],
    ['audit', 'Say what to audit.'],
    ['audit verify a-note', 'audit verify without --against takes nothing more: leave out a-note.'],
    ['audit what-if 5', 'audit what-if takes nothing more: leave out 5.'],
    ['audit prove', 'Name one event by its id, a UUID.'],
    ['audit check-proof', 'Name the proof, the event and the verifier key.'],
    ['audit import', 'Name one file.'],
    ['audit import one two', 'Name one file.'],
    ...['2026-02-30', '2025-02-29T00:00:00Z', '2026-06-31', '2026-13-01', '-000001-01-01', 'yesterday', '1', ''].flatMap(
      (instant): [string, string][] => [
        [`audit timeline ada --from=${instant}`, NO_INSTANT('from')],
        [`audit export --to=${instant}`, NO_INSTANT('to')],
        [`audit state ada --at=${instant}`, NO_INSTANT('at')],
        [`archive --before=${instant}`, NO_INSTANT('before')],
        [`seed --until=${instant}`, NO_INSTANT('until')],
      ],
    ),
    ['audit timeline ada --from 2026-03-02 --to 2026-03-01', '--from must not be after --to.'],
    ['audit export --from 2026-03-01T00:00:01Z --to 2026-03-01', '--from must not be after --to.'],
    ['audit state ada --position ', '--position must be a position of a timeline, or a Log-Position.'],
    ['backup', 'Name one folder.'],
    ['backup ', 'Name one folder.'],
    ['restore ', 'Name one folder.'],
    ['restore one two', 'Name one folder.'],
    ['archive', 'Say with --before which events are old enough.'],
  ])('says in a sentence what is wrong with %j, and how to use it', async (line, sentence) => {
    const [name = '', ...args] = line.split(' ');
    const { code, stdout, stderr } = await run(COMMANDS, name, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`${sentence}\n\nnpx tokenledger `)).toBe(true);
  });

  it('warns of a variable whose name is nearly one of ours, beside a JSON that stays pure', async () => {
    const commands = withCommand(({ output }) => {
      output.result({ a: 1 }, 'one');
      return Promise.resolve(0);
    });
    const ran = await runIn({ DATADIR: './elsewhere', PATH: '/bin' }, commands, ['do', '--json']);
    expect(ran).toEqual({ code: 0, stdout: '{"a":1}\n', stderr: 'DATADIR is not read: did you mean DATA_DIR.\n' });
  });

  it('takes unknown options for wrong use', async () => {
    expect(await run(COMMANDS, 'rebuild', '--chekc')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npx tokenledger rebuild [--check]'),
    });
  });
});
