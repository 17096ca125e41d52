/** The newest note and proofs over HTTP, from a real server that seals. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { parseNote, isSignedBy } from '../../src/audit/note.js';
import { checkProof, parseProof } from '../../src/audit/tlog-proof.js';
import { parseVerifierKey, type Verifier } from '../../src/audit/verifier-key.js';
import { operate } from '../../src/operator/operations.js';
import type { Answer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { wholeLog } from '../support/log-reader.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let token: string;
let verifier: Verifier;
const auditor = freshCredentials();

const done = async (name: string, input: object): Promise<object> =>
  (await operate(app.application.operator, name, input)) as object;

function ask(path: string, as = token): Promise<Answer<{ readonly code: string }>> {
  return app.api.request(`/api/v1/audit/${path}`, { headers: { authorization: `Bearer ${as}` } });
}

beforeAll(async () => {
  app = await startApp({ env: { SEAL_EVERY_SECONDS: '1' } });
  await app.api.register(auditor);
  await done('users.grant', { user: auditor.email, operator: 'test', role: 'auditor' });
  token = (await app.api.login(auditor)).body.access_token;
  verifier = parseVerifierKey(((await done('audit.key', {})) as { key: string }).key)!;
});
afterAll(() => app.close());

describe('an auditor', () => {
  it('gets the newest note, and proofs that are checked without the log', async () => {
    await eventually('there is a note', async () => (await ask('checkpoint')).status === 200);
    const { text: note, headers } = await ask('checkpoint');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(isSignedBy(parseNote(note), verifier)).toBe(true);
    const [event] = await wholeLog(app);
    const { status, text: proof, headers: proofHeaders } = await ask(`proof?event_id=${event!.id.toUpperCase()}`);
    expect([status, proofHeaders.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const record = parseProof(proof)!.extra!;
    expect(record).toContain(event!.id);
    expect(checkProof(proof, record, verifier)).toMatchObject({ ok: true, index: 0, origin: verifier.name });
    expect(checkProof(proof, record.replace(event!.id, randomUUID()), verifier).ok).toBe(false);
  });

  it('gets the verifier key, the one that the tool prints', async () => {
    const { status, text, headers } = await ask('key');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(text).toBe(((await done('audit.key', {})) as { key: string }).key);
  });

  it('learns what cannot be proved', async () => {
    await eventually('there is a note', async () => (await ask('checkpoint')).status === 200);
    const unknown = await ask(`proof?event_id=${randomUUID()}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
    for (const query of ['', '?event_id=', '?event_id=7']) {
      const { status, body } = await ask(`proof${query}`);
      expect([status, body.code]).toEqual([422, 'validation_failed']);
    }
  });
});

describe('others', () => {
  it.each(['checkpoint', 'key', `proof?event_id=${randomUUID()}`])('do not get %s', async (path) => {
    const { access_token } = await app.api.signedIn(freshCredentials());
    const refused = await ask(path, access_token);
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    expect((await ask(path, 'x')).status).toBe(401);
  });
});
