// @ts-check

const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * An element of a picture.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {readonly (string | Node)[]} [content]
 */
export const svg = (name, attributes, content = []) => {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  element.append(...content);
  return element;
};

/**
 * A mark of the lanes, its middle at a place. What it means is its title.
 *
 * @param {string} kind
 * @param {{ x: number, y: number, size?: number, title?: string }} at
 */
export const markAt = (kind, { x, y, size = 16, title }) =>
  svg('g', { class: `mark ${kind}` }, [
    svg('use', { href: `#mark-${kind}`, x: x - size / 2, y: y - size / 2, width: size, height: size }),
    ...(title === undefined ? [] : [svg('title', {}, [title])]),
  ]);
