import { z } from 'zod';
import type { Operation } from './operation.js';
import { checked } from './checked-input.js';
import { withProgress } from './with-progress.js';

const note = z.object({ name: z.string(), text: z.string() });
const verifyInput = z.object({ against: z.array(note) });
const proveInput = z.object({ event_id: z.uuid().toLowerCase() });
const instant = z.number().int().nullable();
const exportInput = z.object({ from: instant, to: instant, format: z.enum(['jsonl', 'ocsf']) });

/** What an auditor asks about the log as a whole. */
export const PROOF_OPERATIONS: readonly Operation[] = [
  {
    name: 'audit.verify',
    run: ({ proofs }, input) => {
      const { against } = checked(verifyInput, input);
      return withProgress((onProgress) => proofs.verify({ against, onProgress }));
    },
  },
  { name: 'audit.checkpoint', run: async ({ proofs }) => ({ note: await proofs.checkpoint() }) },
  { name: 'audit.key', run: async ({ proofs }) => ({ key: await proofs.key() }) },
  {
    name: 'audit.prove',
    run: async ({ proofs }, input) => ({ proof: await proofs.prove(checked(proveInput, input).event_id) }),
  },
  {
    name: 'audit.export',
    run: ({ proofs }, input) => {
      const { from, to, format } = checked(exportInput, input);
      return proofs.export({ from, to }, format);
    },
  },
];
