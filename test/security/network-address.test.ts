import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  clientAddress,
  NetworkList,
  networkOf,
  parseNetwork,
  parseNetworkAddress,
} from '../../src/security/network-address.js';

const textOf = (text: string | null | undefined): string | null => parseNetworkAddress(text)?.text ?? null;

describe('A1: an address as an edge gives it', () => {
  it.each([
    ['203.0.113.8', '203.0.113.8'],
    ['  203.0.113.8 ', '203.0.113.8'],
    ['203.0.113.8:50001', '203.0.113.8'],
    ['"203.0.113.8:50001"', '203.0.113.8'],
    ['::ffff:203.0.113.8', '203.0.113.8'],
    ['::FFFF:203.0.113.8', '203.0.113.8'],
    ['::ffff:cb00:7108', '203.0.113.8'],
    ['0:0:0:0:0:ffff:203.0.113.8', '203.0.113.8'],
    ['[::ffff:203.0.113.8]:443', '203.0.113.8'],
    ['::1.2.3.4', '::102:304'],
    ['::102:304', '::102:304'],
    ['[::1.2.3.4]:443', '::102:304'],
    ['0:0:0:0:0:0:1.2.3.4', '::102:304'],
    ['::0.0.0.1', '::1'],
    ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0::0001', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:50001', '2001:db8::1'],
    ['"[2001:db8::1]:50001"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::1', '::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ])('%s is %s', (text, canonical) => {
    expect(textOf(text)).toBe(canonical);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'example.com',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    '2130706433',
    '203.0.113.8:',
    '203.0.113.8:65536',
    '203.0.113.8:5000a',
    '[203.0.113.8]',
    '[2001:db8::1]:99999',
    '[2001:db8::1',
    '2001:db8:::1',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:999.0.0.1',
    '::ffff:010.0.0.1',
    '::1.2.3',
    '::1.2.3.4:5',
    '::.',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '203.0.113.8, 203.0.113.9',
    "203.0.113.8'--",
    '203.0.113.8\u0000',
  ])('%j is no address', (text) => {
    expect(textOf(text)).toBeNull();
  });

  it('no address at all is none', () => {
    expect([textOf(null), textOf(undefined)]).toEqual([null, null]);
  });

  it('whatever is read is canonical: reading it again changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const read = textOf(text);
        expect(read === null ? null : textOf(read)).toBe(read);
      }),
    );
  });
});

describe('networks', () => {
  it.each([
    ['203.0.113.8', 32, 64, '203.0.113.8/32'],
    ['203.0.113.8', 24, 64, '203.0.113.0/24'],
    ['203.0.113.200', 25, 64, '203.0.113.128/25'],
    ['2001:db8:1:2ff:3::4', 24, 64, '2001:db8:1:2ff::/64'],
    ['2001:db8:1:2ff:3::4', 24, 56, '2001:db8:1:200::/56'],
    ['2001:db8:1:2ff:3::4', 24, 48, '2001:db8:1::/48'],
    ['203.0.113.8', 0, 0, '0.0.0.0/0'],
  ])('%s is at /%d or /%d in %s', (text, v4, v6, network) => {
    expect(networkOf(parseNetworkAddress(text)!, v4, v6)).toBe(network);
  });

  it.each([
    ['10.1.2.3/8', '10.0.0.0', 8],
    ['10.1.2.3', '10.1.2.3', 32],
    ['2001:DB8::5/32', '2001:db8::', 32],
    ['::ffff:10.0.0.0/104', '10.0.0.0', 8],
  ])('%s begins at %s and has %d bits', (text, first, prefix) => {
    expect(parseNetwork(text)).toMatchObject({ text: first, prefix });
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/a',
    '2001:db8::/129',
    'ten',
    '::ffff:10.0.0.0/8',
    '10.0.0.1:80',
    '[::1]/128',
  ])('%j is no network', (text) => {
    expect(parseNetwork(text)).toBeNull();
    expect(() => new NetworkList([text])).toThrow(RangeError);
  });

  it('a list has what is in one of its networks, however it is written', () => {
    const list = new NetworkList(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7', '::ffff:198.51.100.0/120']);
    const has = (text: string): boolean => list.has(parseNetworkAddress(text));
    for (const text of ['10.1.2.3', '::ffff:10.1.2.3', '10.1.2.3:99', '2001:db8::1', '192.0.2.7', '198.51.100.9'])
      expect([text, has(text)]).toEqual([text, true]);
    for (const text of ['11.1.2.3', '2001:db9::1', '192.0.2.8', 'garbage'])
      expect([text, has(text)]).toEqual([text, false]);
  });
});

describe('the client behind proxies', () => {
  const peer = '::ffff:192.0.2.1';

  it.each([
    ['no proxy is trusted', 0, '203.0.113.8', '192.0.2.1'],
    ['one', 1, '203.0.113.8', '203.0.113.8'],
    ['one, and the client invents entries', 1, '198.51.100.1, 10.0.0.1, 203.0.113.8', '203.0.113.8'],
    ['two', 2, '198.51.100.1, 203.0.113.8, 10.0.0.2', '203.0.113.8'],
    ['more than there are entries', 3, '203.0.113.8', '203.0.113.8'],
    ['one that adds a port', 1, '203.0.113.8:50001', '203.0.113.8'],
    ['one that writes IPv6 in its own way', 1, '[2001:DB8:0::1]:4711', '2001:db8::1'],
    ['one that hides the client', 1, 'unknown', '192.0.2.1'],
    ['one that sends garbage', 1, '203.0.113.8, x', '192.0.2.1'],
    ['one that sends nothing', 1, '', '192.0.2.1'],
  ])('with %s', (_, trustedProxies, forwardedFor, address) => {
    expect(clientAddress({ peer, forwardedFor, trustedProxies })).toBe(address);
  });

  it('takes several headers for one', () => {
    expect(clientAddress({ peer, forwardedFor: ['198.51.100.1', '203.0.113.8'], trustedProxies: 1 })).toBe('203.0.113.8');
  });

  it('is nobody when the socket knows no address', () => {
    expect(clientAddress({ peer: undefined, forwardedFor: undefined, trustedProxies: 1 })).toBeNull();
    expect(clientAddress({ peer: null, forwardedFor: '203.0.113.8', trustedProxies: 1 })).toBe('203.0.113.8');
  });
});
