import { beforeEach, describe, expect, it } from '@jest/globals';
import { FamilyHistory, LIFETIMES, type Held } from '../support/family-history.js';

const OWNER = { jkt: 'key of the owner' };
const THIEF = { jkt: 'key of the thief' };
const APP = { clientId: 'app' };

let device: FamilyHistory;
beforeEach(() => {
  device = new FamilyHistory();
});

function outcomeOf(token: Held, presenting: Parameters<FamilyHistory['present']>[1] = {}): string {
  return device.present(token, presenting).outcome;
}

describe('a family bound to a key (RFC 9449)', () => {
  it('at sign-in rotates with a proof by that key', () => {
    device.signIn(OWNER);
    expect(device.rotate(device.held, OWNER).binding).toEqual({ jkt: OWNER.jkt, generation: 0 });
  });

  it('by a rotation is bound from the generation on that this issues', () => {
    device.rotate(device.signIn());
    expect(device.rotate(device.held, OWNER).binding).toEqual({ jkt: OWNER.jkt, generation: 2 });
    expect(device.rotate(device.held, OWNER).binding).toEqual({ jkt: OWNER.jkt, generation: 2 });
  });

  it('is not hurt by a token without a proof, current or not', () => {
    const first = device.signIn(OWNER);
    expect(outcomeOf(first)).toBe('invalid_proof');
    const second = device.rotate(first, OWNER);
    device.rotate(second, OWNER);
    for (const token of [first, second, device.held])
      expect(device.present(token)).toEqual({ outcome: 'invalid_proof', events: [], family: null });
    expect(outcomeOf(device.held, OWNER)).toBe('rotated');
  });

  it('ends by a proof by another key: theft, of the current generation too', () => {
    const token = device.signIn(OWNER);
    const { outcome, events } = device.present(token, THIEF);
    expect(outcome).toBe('reused');
    expect(events).toMatchObject([
      { type: 'TokenReuseDetected', data: { presentedGeneration: 0 } },
      { type: 'TokenRevoked', data: { reason: 'reuse' } },
    ]);
  });

  it('ends by a proof by another key with an older generation', () => {
    const first = device.signIn(OWNER);
    device.rotate(first, OWNER);
    expect(outcomeOf(first, THIEF)).toBe('reused');
  });

  it('takes a client that proves its key for the same client, whatever keys and tags say', () => {
    const first = device.signIn(OWNER);
    device.rotate(first, { ...OWNER, attempt: 'mine', tag: 'home' });
    const { outcome, events } = device.present(first, { ...OWNER, attempt: 'other', tag: 'elsewhere' });
    expect(outcome).toBe('redelivered');
    expect(events).toMatchObject([{ data: { contested: false } }]);
    device.wait(LIFETIMES.graceMs);
    expect(outcomeOf(first, { ...OWNER, attempt: 'mine' })).toBe('redelivered');
    expect(outcomeOf(first, { ...OWNER, attempt: 'other' })).toBe('reused');
  });

  it('takes an older generation with the right proof for theft all the same', () => {
    const first = device.signIn(OWNER);
    device.rotate(first, OWNER);
    device.rotate(device.held, OWNER);
    expect(outcomeOf(first, OWNER)).toBe('reused');
  });

  it.each([
    ['no proof', {}],
    ['a proof by another key', OWNER],
  ])('G3: a thief who binds first is seen by the owner’s next try with %s, in grace and with the same tag', (_, owner) => {
    const stolen = device.signIn({ tag: 'home' });
    device.rotate(stolen, { ...THIEF, tag: 'home' });
    expect(outcomeOf(stolen, { ...owner, tag: 'home' })).toBe('reused');
  });

  it('redelivers the generation before the binding to a client that proves the key', () => {
    const first = device.signIn();
    const second = device.rotate(first, OWNER);
    expect(device.present(first, OWNER)).toMatchObject({ outcome: 'redelivered', family: { token: second.token } });
  });

  it('is never bound by a redelivery', () => {
    const first = device.signIn();
    device.rotate(first);
    expect(device.present(first, OWNER)).toMatchObject({ outcome: 'redelivered', family: { binding: null } });
    expect(outcomeOf(device.held)).toBe('rotated');
  });
});

describe('a family adopted by an OAuth client', () => {
  it('belongs to that client from the generation on that its rotation issues', () => {
    device.rotate(device.signIn());
    expect(device.rotate(device.held, APP).adoption).toEqual({ clientId: 'app', generation: 2 });
    expect(device.rotate(device.held, APP).adoption).toEqual({ clientId: 'app', generation: 2 });
  });

  it('is not adopted by our own client', () => {
    expect(device.rotate(device.signIn(), { clientId: 'tokenledger' }).adoption).toBeNull();
  });

  it.each([['another'], ['tokenledger'], [null]])('refuses its current generation from %s and is not hurt', (clientId) => {
    device.rotate(device.signIn(), APP);
    expect(device.present(device.held, { clientId })).toEqual({ outcome: 'invalid', events: [], family: null });
    expect(outcomeOf(device.held, APP)).toBe('rotated');
  });

  it.each([['another'], [null]])(
    'takes a generation of before its adoption from %s for theft, in grace too',
    (clientId) => {
      const first = device.signIn();
      device.rotate(first, { ...APP, attempt: 'mine' });
      expect(outcomeOf(first, { clientId, attempt: 'mine' })).toBe('reused');
    },
  );

  it('takes an older generation of its own at another client for theft', () => {
    const first = device.rotate(device.signIn(), APP);
    device.rotate(first, APP);
    expect(outcomeOf(first)).toBe('reused');
  });

  it('redelivers to its client, also the generation of before', () => {
    const first = device.signIn();
    const second = device.rotate(first, APP);
    expect(device.present(first, APP)).toMatchObject({ outcome: 'redelivered', family: { token: second.token } });
  });

  it('is never adopted by a redelivery', () => {
    const first = device.signIn();
    device.rotate(first);
    expect(device.present(first, APP)).toMatchObject({ outcome: 'redelivered', family: { adoption: null } });
  });

  it('asks for the proof first if it is bound as well', () => {
    const first = device.rotate(device.signIn(OWNER), { ...OWNER, ...APP });
    device.rotate(first, { ...OWNER, ...APP });
    expect(outcomeOf(first)).toBe('invalid_proof');
    expect(outcomeOf(device.held, OWNER)).toBe('invalid');
  });
});
