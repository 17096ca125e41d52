import { z } from 'zod';
import { InconsistentLogError } from '../../audit/log-tree.js';
import { NotProvableError } from '../../audit/prove.js';
import type { HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';

/** What both routes have in common. They only read. */
const READ = {
  method: 'GET',
  tag: 'audit',
  problems: ['not_found', 'validation_failed', 'forbidden'],
  errorFormat: 'problem',
  who: { role: 'auditor' },
} as const;

/** What auditors keep, to be able to show later that the log was not rewritten. */
export const auditProofRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    ...READ,
    path: '/api/v1/audit/checkpoint',
    summary: 'The newest checkpoint note',
    description:
      'A signed note (C2SP tlog-checkpoint) of how the log stands. Kept elsewhere, it shows later whether the log was rewritten.',
    input: {},
    outputs: { 200: z.object({ note: z.string().describe('The note as it is, to be kept byte for byte.') }) },
    handler: async (_input, { auditProofs }: HttpServices) => {
      const note = await auditProofs.newestNote();
      if (note === null)
        throw new Problem('not_found', { detail: 'There is no checkpoint note yet; the first one comes soon.' });
      return { status: 200, body: { note } };
    },
  }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/proof',
    summary: 'A proof that an event stands in the log',
    description:
      'The text of a C2SP tlog-proof, which is checked without the log. 404: no note covers the event, since it is not there or is so ' +
      'new that it is not sealed yet.',
    input: { query: z.object({ event_id: z.guid() }) },
    outputs: { 200: z.object({ proof: z.string().describe('A `.tlog-proof` file, to be kept byte for byte.') }) },
    handler: async ({ query }, { auditProofs }: HttpServices) => {
      try {
        return { status: 200, body: { proof: await auditProofs.prove(query.event_id.toLowerCase()) } };
      } catch (error) {
        if (error instanceof NotProvableError) throw new Problem('not_found', { detail: error.message });
        if (error instanceof InconsistentLogError) throw new Problem('unavailable', { detail: error.message });
        throw error;
      }
    },
  }),
];
