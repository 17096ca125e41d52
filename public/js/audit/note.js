// @ts-check
/** The newest note over the log and the key that checks it, to be copied and kept elsewhere. */
import { byId, one } from '../elements.js';
import { codeOf } from '../error-words.js';
import { attempt, say } from '../message.js';
import { readKey, readNote } from './audit-api.js';

const NONE_YET = 'There is no note yet; the first one comes soon.';

/** The second line of a note (C2SP tlog-checkpoint). @param {string} note */
const sizeOf = (note) => {
  const size = Number(note.split('\n')[1]);
  return Number.isInteger(size) ? `over the first ${size.toLocaleString('en')} events` : '';
};

/** @param {string} id what holds the text @param {string} name */
const copy = async (id, name) => {
  const place = byId(id);
  try {
    await navigator.clipboard.writeText(place.textContent ?? '');
    say(`${name} was copied.`);
  } catch {
    // Without a secure context, or without leave, the reader copies.
    getSelection()?.selectAllChildren(place);
    place.focus();
    say(`${name} is selected: copy it with your keyboard or the menu.`);
  }
};

/** @param {string} of */
const buttonOf = (of) => one(document, `button[data-of=${of}]`, HTMLButtonElement);

export const noteSection = () => {
  for (const [of, name] of [
    ['note', 'The note'],
    ['key', 'The key'],
  ])
    buttonOf(of ?? '').addEventListener('click', () => void copy(of ?? '', name ?? ''));

  const read = async () => {
    byId('key').textContent = (await readKey()).trim();
    try {
      const note = await readNote();
      byId('note').textContent = note;
      byId('note-size').textContent = sizeOf(note);
      buttonOf('note').hidden = false;
    } catch (error) {
      if (codeOf(error) !== 'not_found') throw error;
      byId('note').textContent = NONE_YET;
      byId('note-size').textContent = '';
      buttonOf('note').hidden = true;
    }
  };
  return { read: () => attempt(read) };
};
