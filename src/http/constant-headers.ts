import { IncomingMessage, ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { Socket } from 'node:net';

/** What Node calls when it writes the head of a response: the status line, then the headers that were set. Not part of its interface. */
type StoreHead = (this: ServerResponse, statusLine: string, headers: unknown) => void;

const KEY = '_storeHeader';
const storeHead = (ServerResponse.prototype as { readonly [KEY]?: StoreHead })[KEY];

/**
 * Makes what gives responses headers that are always the same, unless one of that name is set for a response itself (`setHeader`);
 * none can be removed again. They are written as one text behind the status line: set one by one, a dozen of them cost a twentieth of
 * a rotation, as Node checks and keeps each. Where this Node writes heads in another way, they are set one by one.
 */
export function constantHeaders(headers: Readonly<Record<string, string>>): (response: ServerResponse) => void {
  const all = Object.entries(headers);
  if (storeHead === undefined || !isCalled())
    return (response) => {
      for (const [name, value] of all) response.setHeader(name, value);
    };
  const lines = all.map(([name, value]) => ({ name, line: lineOf(name, value) }));
  const block = lines.map(({ line }) => line).join('');
  const storeAll: StoreHead = function storeAll(statusLine, own) {
    const isPlain = !lines.some(({ name }) => this.hasHeader(name));
    const missing = isPlain
      ? block
      : lines
          .filter(({ name }) => !this.hasHeader(name))
          .map(({ line }) => line)
          .join('');
    storeHead.call(this, statusLine + missing, own);
  };
  return (response) => {
    (response as { [KEY]?: StoreHead })[KEY] = storeAll;
  };
}

/** As Node writes it, which refuses what cannot stand in a head. */
function lineOf(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

/** Whether this Node writes heads by that method: otherwise the headers would be missing, and nothing would say so. */
function isCalled(): boolean {
  let called = false;
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  (response as { [KEY]?: StoreHead })[KEY] = () => (called = true);
  response.writeHead(200);
  return called;
}
