import path from 'node:path';
import { z } from 'zod';
import { actorOf, checked, OperatorName as operator } from './checked-input.js';
import type { Operation } from './operation.js';
import { withProgress } from './with-progress.js';

const archiveInput = z.object({
  operator,
  before: z.number().int(),
  out: z
    .string()
    .refine((folder) => path.isAbsolute(folder))
    .nullable(),
  shrink: z.boolean(),
});

/** `audit archive`: moves old events out of the log. */
export const ARCHIVE_OPERATIONS: readonly Operation[] = [
  {
    name: 'audit.archive',
    run: ({ archives }, input) => {
      const { operator: name, before, out, shrink } = checked(archiveInput, input);
      return withProgress((onProgress) => archives.archive({ before, out, shrink, actor: actorOf(name), onProgress }));
    },
  },
];
