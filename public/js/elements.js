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

/** @param {string} id */
export const byId = (id) => one(document, `#${id}`, HTMLElement);

/** Whether what had the focus is gone, or cannot be seen any more. */
export const isFocusLost = () => document.activeElement === document.body || !document.activeElement?.checkVisibility();

/** What a `<template>` holds, as a copy. @param {string} id */
export const copyOf = (id) =>
  /** @type {DocumentFragment} */ (one(document, `#${id}`, HTMLTemplateElement).content.cloneNode(true));

/**
 * An element with that in it. Text is never read as markup.
 *
 * @param {string} name
 * @param {readonly (string | Node)[]} content
 * @param {string} [className]
 */
export const make = (name, content, className) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...content);
  return element;
};

/** Text of somebody else's, which must not turn the direction of what stands around it. @param {string} text */
export const bdi = (text) => make('bdi', [text]);

/** An IP address, which may be broken over lines between its groups only. @param {string} ip */
export const address = (ip) =>
  make(
    'bdi',
    ip.split(/(?<=:)/).flatMap((group) => [group, document.createElement('wbr')]),
  );

/**
 * A `<time>` in words; its title says exactly when.
 *
 * @param {string} instant RFC 3339
 * @param {string} words
 * @param {string} [title]
 */
export const timeElement = (instant, words, title) => {
  const time = document.createElement('time');
  time.dateTime = instant;
  time.textContent = words;
  if (title) time.title = title;
  return time;
};
