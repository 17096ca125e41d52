// @ts-check
import { agentWords } from '../agent-words.js';
import { address, bdi, make } from '../elements.js';
import { ERASED } from './said.js';

/** What a device is called: by its name, else by its program. @param {{ name: string | null, agent: string | null }} device */
export const deviceName = ({ name, agent }) => {
  if (name === ERASED || (name === null && agent === ERASED)) return make('em', ['erased']);
  return bdi(name ?? agentWords(agent));
};

/** "Firefox on Linux, from 192.0.2.1", as content of an element. @param {{ ip: string | null, user_agent: string | null }} client */
export const clientContent = ({ ip, user_agent: agent }) => {
  if (ip === ERASED || agent === ERASED) return [make('em', ['program and address erased'])];
  return [bdi(agentWords(agent)), ', from ', ip === null ? 'an unknown address' : address(ip)];
};
