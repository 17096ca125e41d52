// @ts-check
/** The buttons and the form that move the line, or show another part of time. */
import { byId, one } from '../elements.js';
import { onSubmit } from '../forms.js';
import { say } from '../message.js';
import { fail } from './fail.js';

/** @typedef {import('./lanes.js').Entry} Entry */

/** Renewals are passed over: there are too many of them to go through. @param {Entry} entry */
const isNotable = ({ type }) => type !== 'TokenRotated';
/** @param {Entry} entry */
const timeOf = ({ occurred_at: at }) => Date.parse(at);

/**
 * @param {object} options
 * @param {import('./range.js').Range} options.range
 * @param {{ at: () => number, move: (at: number) => void }} options.line
 * @param {() => readonly Entry[]} options.entries in the order of the log
 */
export const setUpMoving = ({ range, line, entries }) => {
  /** @type {Readonly<Record<string, () => void>>} */
  const zooms = {
    earlier: () => range.move(-0.5),
    later: () => range.move(0.5),
    in: () => range.zoom(0.5, line.at()),
    out: () => range.zoom(2, line.at()),
    all: () => range.show(null),
  };
  for (const button of byId('zoom').querySelectorAll('button'))
    button.addEventListener('click', () => zooms[button.dataset.zoom ?? '']?.());

  /** @param {string} id @param {() => Entry | undefined} find */
  const onJump = (id, find) =>
    byId(id).addEventListener('click', () => {
      const entry = find();
      if (entry) line.move(timeOf(entry));
      else say('There is no other event on that side.');
    });
  onJump('event-before', () => entries().findLast((entry) => isNotable(entry) && timeOf(entry) < line.at()));
  onJump('event-after', () => entries().find((entry) => isNotable(entry) && timeOf(entry) > line.at()));

  onSubmit(one(document, 'form#when', HTMLFormElement), {
    fail,
    work: async ({ at = '' }) => line.move(Date.parse(`${at}Z`)),
  });
};
