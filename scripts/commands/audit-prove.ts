import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/message-of.js';
import type { Command } from '../cli/command.js';
import { RefusedError, UsageError } from '../cli/errors.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const command: Command = {
  usage: 'npx tokenledger audit prove EVENT_ID [--out FILE]',
  run: async ({ args, operator, output }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' } },
    });
    const [eventId = '', ...more] = positionals;
    if (!UUID.test(eventId) || more.length > 0) throw new UsageError('Name one event by its id, a UUID.');
    const answer = (await operator.ask('audit.prove', { event_id: eventId })) as { readonly proof: string };
    if (values.out === undefined) {
      output.result(answer, answer.proof.slice(0, -1));
      return 0;
    }
    await writeFile(values.out, answer.proof).catch((error: unknown) => {
      throw new RefusedError(`${values.out} cannot be written: ${messageOf(error)}`);
    });
    output.result({ event_id: eventId, file: values.out }, `The proof is in ${values.out}.`);
    return 0;
  },
};
