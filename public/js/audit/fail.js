// @ts-check
import { say } from '../message.js';

/** Says what is wrong with no field in particular; nothing takes it down. @param {string} text */
export const fail = (text) => say(text, { bad: text !== '' });
