import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { constantHeaders } from '../../src/http/constant-headers.js';

const give = constantHeaders({ 'x-frame-options': 'DENY', 'content-security-policy': "default-src 'none'" });

let server: Server | null = null;

afterEach(() => {
  server?.close();
  server = null;
});

async function answerOf(listener: RequestListener, method = 'GET'): Promise<IncomingMessage> {
  server = createServer((incoming, response) => {
    give(response);
    listener(incoming, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    })
      .on('error', reject)
      .end();
  });
}

/** How often a header came. */
function countOf(name: string, { rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
}

describe('headers that are always the same', () => {
  it.each(['GET', 'HEAD'])('are in the answer to %s, beside those of the response itself', async (method) => {
    const answer = await answerOf((_, response) => response.setHeader('X-Own', '1').end('body'), method);
    expect(answer.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-own': '1' });
    expect(answer.headers['content-security-policy']).toBe("default-src 'none'");
  });

  it('are in an answer without a body, and in one whose headers are given with its status', async () => {
    const empty = await answerOf((_, response) => response.writeHead(204).end());
    expect(empty.headers).toMatchObject({ 'x-frame-options': 'DENY' });
    server?.close();
    const given = await answerOf((_, response) => response.setHeader('X-Own', '1').writeHead(404, { 'X-More': '2' }).end());
    expect(given.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-own': '1', 'x-more': '2' });
  });

  it('give way to one that was set for the response, whatever its case', async () => {
    const answer = await answerOf((_, response) => response.setHeader('Content-Security-Policy', 'default-src *').end());
    expect(answer.headers['content-security-policy']).toBe('default-src *');
    expect(countOf('content-security-policy', answer)).toBe(1);
    expect(countOf('x-frame-options', answer)).toBe(1);
  });

  it('are refused if they cannot stand in a head', () => {
    expect(() => constantHeaders({ 'x-split': 'a\r\nb: c' })).toThrow('Invalid character in header');
    expect(() => constantHeaders({ 'x split': 'a' })).toThrow('valid HTTP token');
  });
});
