/**
 * The load, a process of its own: takes its orders as lines of JSON on standard input (`{kind, …}`, see the modules here) and
 * answers each with the result.
 */
import { answerLines } from '../lib/lines.js';
import { callRepeatedly } from './repeat.js';
import { rotateChains } from './chains.js';
import { rotateOnce } from './once.js';

const KINDS = { chains: rotateChains, once: rotateOnce, repeat: callRepeatedly };

await answerLines((order) => KINDS[order.kind](order));
