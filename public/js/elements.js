// @ts-check

/**
 * The element of that class that a selector finds; throws if there is none, which is a fault of the page.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export const one = (root, selector, type) => {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`no ${selector}`);
  return found;
};

/** An element with text in it, which is never read as markup. @param {string} name @param {string} text */
export const withText = (name, text) => {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
};

/** A `<time>` for an instant, as it is said in words. @param {string} instant @param {string} words */
export const timeElement = (instant, words) => {
  const time = document.createElement('time');
  time.dateTime = instant;
  time.textContent = words;
  return time;
};
