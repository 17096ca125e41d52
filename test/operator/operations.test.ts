import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { answerOperator as answerFor, type OperatorResponse } from '../../src/operator/answer.js';
import type { OperatorDependencies } from '../../src/operator/dependencies.js';
import { OperatorInputError, OperatorRefusedError } from '../../src/operator/errors.js';
import type { KeyRotation } from '../../src/operator/key-actions.js';
import { operate, OPERATIONS } from '../../src/operator/operations.js';
import { operatorDependencies } from '../support/operator-dependencies.js';

const REPORT = {
  events: 3,
  documents: 2,
  differences: [{ collection: 'sessions', id: 'a' }],
  isBuilt: true,
  wasOfOtherLog: false,
};

async function all(answer: ReturnType<typeof operate>): Promise<object[]> {
  if (!(Symbol.asyncIterator in answer)) return [await answer];
  const values: object[] = [];
  for await (const value of answer) values.push(value);
  return values;
}

const lines = async (body: string | AsyncIterable<string>): Promise<string> => {
  if (typeof body === 'string') return body;
  let text = '';
  for await (const line of body) text += line;
  return text;
};

const defects: unknown[] = [];
const answerOperator = (dependencies: OperatorDependencies, name: string, input: unknown): Promise<OperatorResponse> =>
  answerFor(dependencies, name, input, (error) => defects.push(error));

describe('operations of an operator', () => {
  it('rotate keys as asked', async () => {
    const rotations: KeyRotation[] = [];
    const rotate = (rotation: KeyRotation): Promise<[]> => {
      rotations.push(rotation);
      return Promise.resolve([]);
    };
    const dependencies = operatorDependencies({ keys: { ...operatorDependencies().keys, rotate } });
    await operate(dependencies, 'keys.rotate', { overlap_ms: null, now: false });
    await operate(dependencies, 'keys.rotate', { overlap_ms: 0, now: true });
    expect(rotations).toEqual([
      { overlapMs: null, immediately: false },
      { overlapMs: 0, immediately: true },
    ]);
  });

  it('change the integrity key in the name of the person', async () => {
    const actors: string[] = [];
    const integrity: OperatorDependencies['keys']['integrity'] = (actor) => {
      actors.push(actor);
      return Promise.resolve({ outcome: 'added', kid: 'next' });
    };
    const dependencies = operatorDependencies({ keys: { ...operatorDependencies().keys, integrity } });
    expect(await all(operate(dependencies, 'keys.integrity', { operator: 'olga' }))).toEqual([
      { outcome: 'added', kid: 'next' },
    ]);
    expect(actors).toEqual(['operator:olga']);
    expect(await answerOperator(dependencies, 'keys.integrity', { operator: 'o l' })).toMatchObject({ status: 422 });
    expect(actors).toHaveLength(1);
  });

  it('rebuild, saying how far they have come, and end with the report', async () => {
    const dependencies = operatorDependencies({
      rebuild: async ({ check, onProgress }) => {
        onProgress(1, 0.5);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { ...REPORT, differences: check ? REPORT.differences : [] };
      },
    });
    expect(await all(operate(dependencies, 'rebuild', { check: true }))).toEqual([
      { progress: { events: 1, share: 0.5 } },
      REPORT,
    ]);
    expect(await all(operate(dependencies, 'rebuild', { check: false }))).toHaveLength(2);
  });

  it('rebuild no further than an event that cannot be applied', async () => {
    const rebuild = (): Promise<never> => Promise.reject(new OperatorRefusedError('NobodyKnows at 7'));
    const answer = await answerOperator(operatorDependencies({ rebuild }), 'rebuild', { check: true });
    expect(await lines(answer.body)).toBe('{"error":"NobodyKnows at 7"}\n');
  });

  it('mark the log as restored in the name of the operator, but never beside a running server', async () => {
    const marked: object[] = [];
    const markRestored: OperatorDependencies['markRestored'] = (options) => {
      marked.push(options);
      return Promise.resolve({ historyId: 'h2' });
    };
    const input = { operator: 'ada', sign_out_all: true };
    const answer = operate(operatorDependencies({ markRestored }), 'log.restored', input);
    expect(await all(answer)).toEqual([{ history_id: 'h2', signed_out_all: true }]);
    expect(marked).toEqual([{ refuseOlder: true, actor: 'operator:ada' }]);
    const beside = operate(operatorDependencies({ markRestored, isServer: true }), 'log.restored', input);
    await expect(beside).rejects.toThrow(OperatorRefusedError);
    expect(marked).toHaveLength(1);
  });

  it('disown the event that is named', async () => {
    const disowned: object[] = [];
    const disown: OperatorDependencies['disown'] = (event) => {
      disowned.push(event);
      return Promise.resolve({ eventId: 'e' });
    };
    const input = { operator: 'ada', stream: 'tokenledger_user-x', revision: 4 };
    const answer = operate(operatorDependencies({ disown }), 'log.disown', input);
    expect(await all(answer)).toEqual([{ stream: 'tokenledger_user-x', revision: 4, event_id: 'e' }]);
    expect(disowned).toEqual([{ stream: 'tokenledger_user-x', revision: 4, actor: 'operator:ada' }]);
  });

  it.each([
    ['dance', {}],
    ['keys.rotate', {}],
    ['keys.rotate', { overlap_ms: -1, now: false }],
    ['rebuild', { check: 'yes' }],
    ['rebuild', null],
    ['log.restored', { operator: 'a b', sign_out_all: false }],
    ['log.disown', { operator: 'ada', stream: 's', revision: 1.5 }],
    ['backup', { folder: 'relative' }],
  ])('refuse %s with %j', async (name, input) => {
    const dependencies = operatorDependencies();
    await expect((async () => all(operate(dependencies, name, input)))()).rejects.toThrow(OperatorInputError);
    expect(await answerOperator(dependencies, name, input)).toMatchObject({
      status: 422,
      body: expect.stringMatching(/^\{"error":/),
    });
  });

  it.each([
    [new OperatorRefusedError('not now'), 409],
    [new StoreUnavailableError('event store', 'gone'), 503],
  ])('answer %s with its status', async (error, status) => {
    const dependencies = operatorDependencies({ disown: () => Promise.reject(error) });
    const input = { operator: 'ada', stream: 's', revision: 1 };
    expect(await answerOperator(dependencies, 'log.disown', input)).toEqual({
      status,
      contentType: 'application/json',
      body: JSON.stringify({ error: error.message }),
    });
  });

  it('let a defect be a defect', async () => {
    const dependencies = operatorDependencies({ disown: () => Promise.reject(new Error('a defect')) });
    const input = { operator: 'ada', stream: 's', revision: 1 };
    await expect(answerOperator(dependencies, 'log.disown', input)).rejects.toThrow('a defect');
    expect(defects).toEqual([]);
  });

  it('say a defect in a line once lines have begun, and hand it on for the log', async () => {
    const defect = new Error('a defect');
    const rebuild: OperatorDependencies['rebuild'] = async ({ onProgress }) => {
      onProgress(1, 0.5);
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw defect;
    };
    const { status, body } = await answerOperator(operatorDependencies({ rebuild }), 'rebuild', { check: true });
    const [progress, last, ...more] = (await lines(body)).trim().split('\n');
    expect(status).toBe(200);
    expect(progress).toContain('"progress"');
    expect(JSON.parse(last!)).toEqual({ error: expect.stringContaining('its log has the details') as unknown });
    expect(more).toEqual([]);
    expect(defects.splice(0)).toEqual([defect]);
  });

  it('have names of their own', () => {
    expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
    for (const { name } of OPERATIONS) expect(name).toMatch(/^[a-z]+(\.[a-z-]+)?$/);
  });
});
