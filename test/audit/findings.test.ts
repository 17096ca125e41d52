import { describe, expect, it } from '@jest/globals';
import { Findings } from '../../src/audit/findings.js';

const MANY = 3_000;

/** Findings of very many events, the last first. */
function many(): Findings {
  const findings = new Findings('test_');
  for (let order = MANY; order > 0; order -= 1)
    findings.add(order, 'altered', { stream: 'test_user-1', revision: order, event_id: `${order}` }, 'altered');
  return findings;
}

describe('findings', () => {
  it('are the first of very many, whatever their order of arrival', () => {
    const found = many().list();
    expect(found).toHaveLength(1_000);
    expect([found[0]?.revision, found.at(-1)?.revision]).toEqual([1, 1_000]);
  });

  it('name each note and each event of the log’s own streams that is found behind very many events', () => {
    const findings = many();
    findings.add(MANY + 1, 'checkpoint_forged', { stream: 'test_seal', revision: 7 }, 'a note');
    findings.add(MANY + 2, 'checkpoint_inconsistent', {}, 'a kept note');
    findings.add(MANY + 3, 'altered', { stream: 'test_log', revision: 3, event_id: 'log' }, 'altered');
    findings.add(MANY + 4, 'removed', { stream: 'test_seal', revision: 9 }, 'removed');
    findings.add(Infinity, 'truncated', {}, 'the mark');
    findings.add(Infinity, 'truncated', {}, 'a note over more');
    const found = findings.list();
    expect(found).toHaveLength(1_006);
    expect(found.slice(1_000).map(({ kind }) => kind)).toEqual([
      ...['checkpoint_forged', 'checkpoint_inconsistent', 'altered', 'removed', 'truncated', 'truncated'],
    ]);
  });

  it('give no revision that a number cannot hold exactly', () => {
    const findings = new Findings('test_');
    findings.add(1, 'inserted', { stream: 'test_user-1', revision: 2 ** 63, event_id: 'a' }, 'inserted');
    findings.add(2, 'inserted', { stream: 'test_user-1', revision: 7, event_id: 'b' }, 'inserted');
    expect(findings.list()).toMatchObject([{ revision: null, event_id: 'a' }, { revision: 7 }]);
  });

  it('hold no more than so many of each kind of note, nor after a refinement', () => {
    const findings = many();
    for (let order = 0; order < MANY; order += 1)
      findings.add(order, 'checkpoint_forged', { stream: 'test_seal', revision: order }, `note ${order}`);
    findings.refine(many());
    expect(findings.list()).toHaveLength(2_000);
  });
});
