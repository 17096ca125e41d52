/** Archiving in a process that is killed at each step: nothing is lost, and another run finishes. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { answersOf, live, type Answers, type Lived } from '../support/archivable.js';
import { startChild } from '../support/child-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const lived = path.join(folder.path, 'lived');
const before = String(Date.now() - 86_400_000 * 2);
let people: Lived;
let whole: Answers;
beforeAll(async () => {
  people = await live(lived);
  whole = await answersOf({ DATA_DIR: lived }, people.users);
});
afterAll(() => folder.remove());

const archiving = async (data: string, killAt: string): Promise<string[]> => {
  const child = startChild(new URL('../support/archiving-process.js', import.meta.url), data, before, killAt);
  await child.ended;
  return child.output().trim().split('\n');
};
const answersIn = (data: string): Promise<Answers> => answersOf({ DATA_DIR: data }, people.users);

it.each(['begun', 'flushed', 'read_back', 'named', 'announced', 'removing', 'removed'])(
  'G7, G8, G16: killed at "%s", it loses nothing, and another run finishes',
  async (step) => {
    const data = path.join(folder.path, step);
    cpSync(lived, data, { recursive: true });
    const steps = await archiving(data, step);
    expect(steps.at(-1)).toBe(step);
    const same = async (events: number): Promise<void> => {
      const { timelines, states, thefts, whatIf, exported } = whole;
      const answers = await answersIn(data);
      expect(answers).toMatchObject({ timelines, states, thefts, whatIf, differences: [] });
      expect(answers.verified).toMatchObject({ ok: true, findings: [] });
      expect(answers.exported.slice(0, exported.length)).toEqual(exported);
      expect(answers.exported).toHaveLength(exported.length + events);
    };
    const isSaid = ['announced', 'removing', 'removed'].includes(step);
    await same(isSaid ? 1 : 0);

    await archiving(data, 'never');
    await same(1);
    // Nothing is left to do.
    expect(await archiving(data, 'never')).toEqual(['']);
    await same(1);
  },
  240_000,
);
