// @ts-check
import { copyOf, one } from './elements.js';
import { onSubmit } from './forms.js';
import { say } from './message.js';

let counted = 0;

/**
 * Lets a device be renamed where its name stands.
 *
 * @param {HTMLElement} naming what shows the name, and gives way to the form
 * @param {{ nameNow: () => string, rename: (name: string) => Promise<unknown> }} options
 */
export const renaming = (naming, { nameNow, rename }) => {
  const start = one(naming, '.start-rename', HTMLButtonElement);
  /** @type {HTMLFormElement | null} */
  let form = null;

  const finish = () => {
    form?.remove();
    form = null;
    naming.hidden = false;
    start.focus({ preventScroll: true });
  };
  start.addEventListener('click', () => {
    const made = one(copyOf('rename-template'), 'form', HTMLFormElement);
    const input = one(made, 'input', HTMLInputElement);
    input.id = `rename-${(counted += 1)}`;
    one(made, 'label', HTMLLabelElement).htmlFor = input.id;
    input.value = nameNow();
    onSubmit(made, {
      fail: (text) => say(text, { bad: text !== '' }),
      work: async ({ device_name: name = '' }) => {
        await rename(name.trim());
        finish();
      },
    });
    one(made, '.cancel', HTMLButtonElement).addEventListener('click', finish);
    made.addEventListener('keydown', ({ key }) => key === 'Escape' && finish());
    naming.hidden = true;
    naming.after(made);
    form = made;
    input.select();
  });
};
