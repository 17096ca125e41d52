import { clientWords } from './client-words.js';
import type { Theft } from './theft.js';

const VERDICTS: Readonly<Record<Theft['label'], string>> = {
  stolen: 'This session was held by two. Take it for stolen.',
  lost_response:
    'This is most likely no theft: one program did not get an answer and asked again, too late or without saying that it was the same request.',
  concurrent_client:
    'This is most likely no theft: one program asked twice at the same time, for example from two windows.',
};

/** A theft as a person who is no programmer reads it: several lines, without control characters. */
export function theftWords(theft: Theft): string {
  const { user_id: user, session_id: session, detected_at: at, generation, label, holders } = theft;
  const shown = generation === 0 ? 'the key of the sign-in' : `the key of renewal ${generation}`;
  return [
    `User ${user}, session ${session}`,
    `  ${VERDICTS[label]}`,
    `  Seen at ${at}: ${shown} was shown a second time.`,
    ...holders.map((holder) => {
      const first = holder.generations[0] ?? 0;
      const last = holder.generations.at(-1) ?? first;
      const which = first === last ? `renewal ${first}` : `renewals ${first} to ${last}`;
      return `  Held by ${clientWords(holder)}: ${which}, seen from ${holder.from} to ${holder.to}.`;
    }),
    ...exposureWords(theft),
  ].join('\n');
}

function exposureWords({ label, exposed_from: from, exposed_to: to }: Theft): string[] {
  if (label !== 'stolen' || from === null) return [];
  if (to === null)
    return [
      `  A thief can have acted since ${from}, and still can: the session goes on. End it, and let the password be changed.`,
    ];
  return [
    `  A thief can have acted from ${from} until ${to}, for ${durationWords(Date.parse(to) - Date.parse(from))} at most.`,
  ];
}

function durationWords(milliseconds: number): string {
  const minutes = Math.ceil(Math.max(0, milliseconds) / 60_000);
  if (minutes < 120) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  const hours = Math.ceil(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}
