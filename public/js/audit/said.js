// @ts-check
/** What only the sentence of an event says (src/audit/words.ts writes them). */

const SIGNED_IN_ON = /^Signed in on “(.*?)” with /;
const NAMED = /^The device was named “(.*)”\./;

/** The name that a device has from an event on; null for none, undefined if the event does not say. @param {{ type: string, words: string }} event */
export const nameSaid = ({ type, words }) => {
  if (type === 'TokenIssued') return SIGNED_IN_ON.exec(words)?.[1] ?? null;
  return type === 'DeviceRenamed' ? (NAMED.exec(words)?.[1] ?? null) : undefined;
};

/** Whether an answer was given again to somebody who may be another. @param {{ type: string, words: string }} event */
export const isContested = ({ type, words }) => type === 'TokenRedelivered' && words.includes(' by a second program too');

/** What stands in the place of a value that was erased. */
export const ERASED = 'erased';
