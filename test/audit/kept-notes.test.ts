import { expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { Findings } from '../../src/audit/findings.js';
import { KeptNotes } from '../../src/audit/kept-notes.js';
import { signNote } from '../../src/audit/note.js';

it('thousands of kept notes are checked in turns, so that a server answers others meanwhile', async () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  const text = signNote({ origin: 'auth.example.com', size: 11, root: Buffer.alloc(32) }, { key, publicKey });
  const given = Array.from({ length: 1_000 }, (_, hour) => ({ name: `${hour}.note`, text }));
  const findings = new Findings('');
  const kept = new KeptNotes([...given, { name: 'none', text: '' }], { keys: [{ kid: 'a', publicKey }], findings });
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 0);
  await kept.begin();
  clearInterval(counting);
  expect(turns).toBeGreaterThan(5);
  expect(kept.nextSize).toBe(11);
  expect(findings.list()).toMatchObject([{ kind: 'checkpoint_forged', detail: expect.stringContaining('none') }]);
});
