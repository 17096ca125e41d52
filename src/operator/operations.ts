import path from 'node:path';
import { z } from 'zod';
import { ARCHIVE_OPERATIONS } from './archive-operations.js';
import { backUp } from './backup.js';
import { actorOf, checked, OperatorName as operator } from './checked-input.js';
import type { OperatorDependencies } from './dependencies.js';
import { OperatorInputError, OperatorRefusedError } from './errors.js';
import type { Operation, OperatorAnswer } from './operation.js';
import { PROOF_OPERATIONS } from './proof-operations.js';
import { rebuildWithProgress } from './rebuild-progress.js';
import { USER_AUDIT_OPERATIONS } from './user-audit-operations.js';
import { USER_OPERATIONS } from './user-operations.js';

const rotateInput = z.object({
  overlap_ms: z.number().int().min(0).nullable(),
  now: z.boolean(),
});
const rebuildInput = z.object({ check: z.boolean() });
const restoredInput = z.object({ operator, sign_out_all: z.boolean() });
const operatorInput = z.object({ operator });
const disownInput = z.object({ operator, stream: z.string().min(1), revision: z.number().int().min(0) });
const backupInput = z.object({ folder: z.string().refine((folder) => path.isAbsolute(folder)) });

/** Every operation. The server mounts each at POST /operator/<name>; the tool runs the same ones where there is no server. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'keys.list', run: async ({ keys }) => ({ keys: await keys.list() }) },
  { name: 'keys.prepare', run: async ({ keys }) => ({ keys: await keys.prepare() }) },
  {
    name: 'keys.rotate',
    run: async ({ keys }, input) => {
      const { overlap_ms: overlapMs, now } = checked(rotateInput, input);
      return { keys: await keys.rotate({ overlapMs, immediately: now }) };
    },
  },
  { name: 'keys.rewrap', run: ({ keys }) => keys.rewrap() },
  {
    name: 'keys.integrity',
    run: async ({ keys }, input) => keys.integrity(actorOf(checked(operatorInput, input).operator)),
  },
  { name: 'keys.reload', run: async ({ keys }) => ({ keys: await keys.reload() }) },
  {
    name: 'rebuild',
    run: (dependencies, input) => rebuildWithProgress(dependencies, checked(rebuildInput, input).check),
  },
  {
    name: 'log.restored',
    run: async (dependencies, input) => {
      const { operator: name, sign_out_all: refuseOlder } = checked(restoredInput, input);
      if (dependencies.isServer)
        throw new OperatorRefusedError(
          'a server is running: stop every instance, restore the log, then mark it as restored',
        );
      const { historyId } = await dependencies.markRestored({ refuseOlder, actor: actorOf(name) });
      return { history_id: historyId, signed_out_all: refuseOlder };
    },
  },
  {
    name: 'log.disown',
    run: async (dependencies, input) => {
      const { operator: name, stream, revision } = checked(disownInput, input);
      const { eventId } = await dependencies.disown({ stream, revision, actor: actorOf(name) });
      return { stream, revision, event_id: eventId };
    },
  },
  { name: 'backup', run: ({ backup }, input) => backUp(backup, checked(backupInput, input).folder) },
  ...PROOF_OPERATIONS,
  ...ARCHIVE_OPERATIONS,
  ...USER_OPERATIONS,
  ...USER_AUDIT_OPERATIONS,
];

/** Starts an operation. Throws or rejects with `OperatorInputError` if there is none of that name. */
export function operate(dependencies: OperatorDependencies, name: string, input: unknown): OperatorAnswer {
  const operation = OPERATIONS.find((one) => one.name === name);
  if (operation === undefined) throw new OperatorInputError(`there is no operation ${name}`);
  return operation.run(dependencies, input);
}
