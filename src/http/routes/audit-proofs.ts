import { z } from 'zod';
import { InconsistentLogError } from '../../audit/tree-errors.js';
import { NotProvableError } from '../../audit/prove.js';
import type { HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route, type RouteAnswer, type RouteOutput } from '../routing/route.js';

const NOTE = `auth.example.com
42
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— auth.example.com Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;
const KEY = 'auth.example.com+0a7ffced+AT79L1gfbGoDCL1H0TOAlVm/mst37BkRXtSVd7d2rhu9';
const PROOF = `c2sp.org/tlog-proof@v1
index 12
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

${NOTE}`;

/** What these routes have in common. They only read; what they answer is text, to be kept byte for byte. */
const READ = {
  method: 'GET',
  tag: 'audit',
  problems: ['forbidden', 'not_yet_visible', 'invalid_log_position'],
  errorFormat: 'problem',
  who: { role: 'auditor' },
  awaitsPosition: 'if_named',
} as const;

/** What auditors keep, to be able to show later that the log was not rewritten. */
export const auditProofRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    ...READ,
    path: '/api/v1/audit/checkpoint',
    summary: 'The newest checkpoint note',
    description:
      'A signed note (C2SP tlog-checkpoint) of how the log stands. Kept elsewhere, it shows later whether the log was rewritten.',
    problems: ['not_found', ...READ.problems],
    input: {},
    outputs: { 200: textLike(NOTE) },
    handler: async (_input, { auditProofs }: HttpServices) => {
      const note = await auditProofs.newestNote();
      if (note === null)
        throw new Problem('not_found', { detail: 'There is no checkpoint note yet; the first one comes soon.' });
      return textAnswer(note);
    },
  }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/key',
    summary: 'The verifier key of the notes',
    description:
      'The public key by which notes and proofs are checked, as `name+hash+key` (C2SP signed-note). Keep it with the first note.',
    input: {},
    outputs: { 200: textLike(KEY) },
    handler: (_input, { auditProofs }: HttpServices) => Promise.resolve(textAnswer(auditProofs.verifierKey())),
  }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/proof',
    summary: 'A proof that an event stands in the log',
    description:
      'The text of a C2SP tlog-proof, which is checked without the log. 404: no note covers the event, since it is not there or is so ' +
      'new that it is not sealed yet.',
    problems: ['not_found', 'validation_failed', ...READ.problems],
    input: { query: z.object({ event_id: z.guid() }) },
    outputs: { 200: textLike(PROOF) },
    handler: async ({ query }, { auditProofs }: HttpServices) => {
      try {
        return textAnswer(await auditProofs.prove(query.event_id.toLowerCase()));
      } catch (error) {
        if (error instanceof NotProvableError) throw new Problem('not_found', { detail: error.message });
        if (error instanceof InconsistentLogError) throw new Problem('unavailable', { detail: error.message });
        throw error;
      }
    },
  }),
];

/** A body of text, with an example. */
function textLike(example: string): RouteOutput {
  return { mediaType: 'text/plain', schema: z.string().meta({ examples: [example] }) };
}

function textAnswer(body: string): RouteAnswer {
  return { status: 200, body, headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
}
