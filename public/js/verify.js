// @ts-check
import { one } from './elements.js';
import { begin, byId, forgetCode, once, post, say, show, showFailure } from './mail-link.js';

begin((code) => {
  const form = one(document, '#confirm', HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void once(one(form, 'button[type=submit]', HTMLButtonElement), async () => {
      try {
        await post('/email/verify', { code });
      } catch (error) {
        showFailure(error);
        return;
      }
      forgetCode();
      show('done');
    });
  });
  byId('not-me').addEventListener('click', () => {
    say('');
    show('stranger');
  });
});
