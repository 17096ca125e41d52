import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/message-of.js';
import { eventOfLine } from '../../src/event-store/export-line.js';
import { checkProof } from '../../src/audit/tlog-proof.js';
import { parseVerifierKey, type Verifier } from '../../src/audit/verifier-key.js';
import { leafRecord } from '../../src/event-store/event-record.js';
import type { RecordedEvent } from '../../src/event-store/event-store.js';
import type { Command } from '../cli/command.js';
import { UsageError } from '../cli/errors.js';

export const command: Command = {
  usage: 'npx tokenledger audit check-proof FILE --event FILE --key VKEY',
  run: async ({ args, output }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { event: { type: 'string' }, key: { type: 'string' } },
    });
    const [file, ...more] = positionals;
    const { event: eventFile, key } = values;
    if (file === undefined || more.length > 0 || eventFile === undefined || key === undefined)
      throw new UsageError('Name the proof, the event and the verifier key.');
    const [proof, event, verifier] = [await textOf(file), await eventOf(eventFile), await verifierOf(key)];
    const checked = checkProof(proof, leafRecord(event), verifier);
    // The index counts from 0; people count from 1.
    const words = checked.ok
      ? `Proved: event ${event.id} is number ${checked.index + 1} of the ${checked.size} events that ${checked.origin} has signed.`
      : `Not proved: ${checked.reason}.`;
    output.result({ event_id: event.id, ...checked }, words);
    return checked.ok ? 0 : 1;
  },
};

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

async function eventOf(file: string): Promise<RecordedEvent> {
  const text = await textOf(file);
  try {
    const event = eventOfLine(JSON.parse(text));
    if (event !== null) return event;
  } catch {
    // It is none, as below.
  }
  throw new UsageError(`${file} must hold one line of audit export`);
}

async function verifierOf(key: string): Promise<Verifier> {
  const text = existsSync(key) ? (await textOf(key)).trim() : key;
  const verifier = parseVerifierKey(text);
  if (verifier === null)
    throw new UsageError('--key must be a verifier key as audit key prints it, or a file that holds it');
  return verifier;
}
