import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript } from '../support/script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  const size = ['--users', '12', '--devices', '2', '--days', '14', '--until', '2026-03-01T00:00:00.000Z'];
  expect((await script('seed', ...size)).code).toBe(0);
});
afterAll(() => folder.remove());

const script = (...[name = '', ...args]: readonly string[]): ReturnType<typeof runScript> =>
  runScript(name, { DATA_DIR: folder.path }, ...args);

async function lines(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout } = await script('audit', ...args, '--json');
  expect(code).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('tokenledger audit', () => {
  it('finds the seeded theft, among all users and of the one', async () => {
    const all = await lines('theft');
    expect(all).toMatchObject([{ label: 'stolen', generation: 0 }]);
    expect(Object.keys(all[0]!)).toEqual([
      ...['user_id', 'session_id', 'detected_at', 'generation', 'label', 'holders', 'exposed_from', 'exposed_to'],
    ]);
    expect(await lines('theft', ' USER001@example.com')).toEqual(all);
    expect(await lines('theft', String(all[0]!.user_id))).toEqual(all);
    expect(await lines('theft', 'user002@example.com')).toEqual([]);
    expect((await script('audit', 'theft')).stdout).toContain('This session was held by two. Take it for stolen.');
  });

  it('lists a timeline, and the state at each of its positions', async () => {
    const timeline = await lines('timeline', 'user001@example.com');
    const reuse = timeline.findIndex(({ type }) => type === 'TokenReuseDetected');
    const [before, after] = [timeline[reuse - 1]!, timeline[reuse + 1]!];
    const { session_id: sid } = timeline[reuse]!;
    const stateAt = async (how: string, what: unknown): Promise<unknown> => {
      const [state] = await lines('state', 'user001@example.com', how, String(what));
      return (state!.devices as { session_id: string }[]).some(({ session_id: id }) => id === sid);
    };
    expect(await stateAt('--position', before.position)).toBe(true);
    expect(await stateAt('--position', after.position)).toBe(false);
    expect(await stateAt('--at', before.occurred_at)).toBe(true);
    expect(await stateAt('--at', after.occurred_at)).toBe(false);
    const from = String(timeline[reuse]!.occurred_at);
    expect(await lines('timeline', 'user001@example.com', '--from', from)).toEqual(timeline.slice(reuse));
    const words = await script('audit', 'timeline', 'user001@example.com', '--from', from, '--to', from);
    expect(words.stdout).toMatch(/An old key .* was shown, .*\n.* The session was ended, .*\n2 events\n/);
  });

  it('says what another policy would have done, with exit code 0', async () => {
    expect(await lines('what-if')).toEqual([]);
    expect(await lines('what-if', '--grace', '0')).toEqual([]);
    const refused = await lines('what-if', '--max-days', '5');
    expect(refused.length).toBeGreaterThan(5);
    for (const one of refused) expect(one).toMatchObject({ was: 'rotated', would_be: 'expired' });
    expect(Object.keys(refused[0]!)).toEqual(['user_id', 'session_id', 'at', 'generation', 'was', 'would_be']);
  });

  it.each([
    [['timeline', 'nobody@example.com'], 1, 'there is no user nobody@example.com'],
    [['state', 'user001@example.com', '--position', 'never'], 1, 'the position is none of this log'],
    // One of 64 texts of a Log-Position begins with a dash.
    [['state', 'user001@example.com', '--position', '-'.padEnd(48, 'a')], 1, 'the position is none of this log'],
    [['state', 'user001@example.com', '--position', '--at'], 2, 'argument is ambiguous'],
    [['state', 'user001@example.com'], 2, 'Name a moment'],
    [['state', 'user001@example.com', '--at', 'soon'], 2, '--at must be an ISO instant'],
    [['timeline'], 2, 'Name one user'],
    [['what-if', '--grace', '-1'], 2, '--grace'],
    [['dance'], 2, 'Unknown: audit dance'],
    [[], 2, 'Say what to audit.'],
  ] as const)('answers %j with %i', async (args, code, words) => {
    const answer = await script('audit', ...args);
    expect(answer).toMatchObject({ code, stdout: '', output: expect.stringContaining(words) });
  });
});
