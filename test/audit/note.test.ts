import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isSignedBy, NoteError, parseNote, signNote } from '../../src/audit/note.js';
import { checkProof, formatProof, parseProof } from '../../src/audit/tlog-proof.js';
import { inclusionRanges } from '../../src/audit/merkle.js';
import { parseVerifierKey, verifierKey, verifierOf } from '../../src/audit/verifier-key.js';
import { recordsOf, rootOf, rootsOf } from '../support/audit-vectors.js';

const newKeys = (): { key: KeyObject; publicKey: KeyObject } => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  return { key, publicKey };
};
const KEYS = newKeys();
const ORIGIN = 'auth.example.com';
const RECORDS = recordsOf(11);
const NOTE = signNote({ origin: ORIGIN, size: 11, root: rootOf(RECORDS) }, KEYS);
const OURS = verifierOf(ORIGIN, KEYS.publicKey);

describe('checkpoint notes (C2SP)', () => {
  it('are three lines, a blank one and the signature', () => {
    const lines = NOTE.split('\n');
    expect(lines.slice(0, 4)).toEqual([ORIGIN, '11', rootOf(RECORDS).toString('base64'), '']);
    expect(lines[4]).toMatch(/^— auth\.example\.com [A-Za-z0-9+/]+={0,2}$/);
    expect(lines.slice(5)).toEqual(['']);
  });

  it('are read again, and verify by their key alone', () => {
    const note = parseNote(NOTE);
    expect(note).toMatchObject({ origin: ORIGIN, size: 11, root: rootOf(RECORDS) });
    expect(isSignedBy(note, OURS)).toBe(true);
    expect(isSignedBy(note, verifierOf(ORIGIN, newKeys().publicKey))).toBe(false);
    expect(isSignedBy(note, verifierOf('another', KEYS.publicKey))).toBe(false);
    expect(isSignedBy(parseNote(NOTE.replace('\n11\n', '\n12\n')), OURS)).toBe(false);
  });

  it('may carry signatures of others and further lines', () => {
    const witness = signNote({ origin: 'witness.example', size: 1, root: rootOf([]) }, newKeys()).split('\n\n')[1]!;
    expect(isSignedBy(parseNote(`${NOTE}${witness}`), OURS)).toBe(true);
  });

  it.each([
    ['', 'nothing'],
    [NOTE.slice(0, -1), 'the end is missing'],
    [NOTE.replace('\n11\n', '\n011\n'), 'a size with a leading zero'],
    [NOTE.replace('\n11\n', '\n-1\n'), 'a negative size'],
    [NOTE.replace(ORIGIN, 'two words'), 'an origin with a blank'],
    [NOTE.replace('\n\n', '\n'), 'no blank line'],
    [NOTE.replace('— ', '- '), 'another dash'],
    [NOTE.replace(/\n[^\n]{44}\n\n/, '\nAAAA\n\n'), 'a short root'],
  ])('are nothing else: %j', (text) => {
    expect(() => parseNote(text)).toThrow(NoteError);
  });
});

describe('a verifier key', () => {
  it('is read again', () => {
    const text = verifierKey(OURS);
    expect(text).toMatch(/^auth\.example\.com\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    expect(isSignedBy(parseNote(NOTE), parseVerifierKey(text)!)).toBe(true);
  });

  it('is nothing else', () => {
    const [name, hash, key] = verifierKey(OURS).split(/\+(.{8})\+/) as [string, string, string];
    for (const text of [
      '',
      name,
      `${name}+${hash}`,
      `other+${hash}+${key}`,
      `${name}+00000000+${key}`,
      `${name}+${hash}+AAAA`,
    ])
      expect(parseVerifierKey(text)).toBeNull();
  });
});

describe('a .tlog-proof', () => {
  const proofOf = (index: number): string =>
    formatProof({ extra: RECORDS[index]!, index, hashes: rootsOf(inclusionRanges(index, 11), RECORDS), note: NOTE });

  it('shows each event, without the log', () => {
    for (const [index, record] of RECORDS.entries())
      expect(checkProof(proofOf(index), record, OURS)).toEqual({ ok: true, index, size: 11, origin: ORIGIN });
  });

  it('is read again as it was written', () => {
    expect(formatProof(parseProof(proofOf(3))!)).toBe(proofOf(3));
    expect(formatProof(parseProof(formatProof({ ...parseProof(proofOf(3))!, extra: null }))!)).not.toContain('extra');
  });

  it.each([
    ['of another event', proofOf(3), RECORDS[4]!, OURS],
    ['of another place', proofOf(3).replace('index 3', 'index 2'), RECORDS[3]!, OURS],
    ['by another key', proofOf(3), RECORDS[3]!, verifierOf(ORIGIN, newKeys().publicKey)],
    ['of another log', proofOf(3), RECORDS[3]!, verifierOf('other', KEYS.publicKey)],
    ['with another size', proofOf(3).replace('\n11\n', '\n12\n'), RECORDS[3]!, OURS],
    ['without its note', proofOf(3).split('\n\n')[0]!, RECORDS[3]!, OURS],
    ['with a broken note', `${proofOf(3).split('\n\n')[0]!}\n\nnote\n`, RECORDS[3]!, OURS],
    ['of another kind', proofOf(3).replace('@v1', '@v2'), RECORDS[3]!, OURS],
    ['with a broken hash', proofOf(3).replace(/(index 3\n).{4}/, '$1****'), RECORDS[3]!, OURS],
  ])('shows nothing %s', (_, proof, record, verifier) => {
    expect(checkProof(proof, record, verifier)).toMatchObject({ ok: false });
  });
});
