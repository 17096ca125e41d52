import { describe, expect, it } from '@jest/globals';
import { ownUrls } from '../../src/compose/own-urls.js';

const AT = 'http://127.0.0.1:41234';

describe('who the installation is, and where clients reach it', () => {
  it.each([
    ['what is configured', { issuer: 'https://a.example', openedIssuer: AT }, ['https://a.example', 'https://a.example']],
    ['at the first start where it listens', { issuer: null, openedIssuer: AT }, [AT, AT]],
    [
      'on another port the issuer of before, reached where it listens',
      { issuer: null, openedIssuer: 'http://[::1]:8080' },
      ['http://[::1]:8080', AT],
    ],
    [
      'after ISSUER was taken out, still what it was',
      { issuer: null, openedIssuer: 'https://a.example' },
      ['https://a.example', 'https://a.example'],
    ],
    [
      'where it listens, if the log was opened before any port was known',
      { issuer: null, openedIssuer: 'http://127.0.0.1:0' },
      [AT, AT],
    ],
  ])('%s', (_case, given, [issuer, url]) => {
    expect(ownUrls({ ...given, listensAt: AT })).toEqual({ issuer, url });
  });

  it('where nothing listens, the issuer of the log', () => {
    expect(ownUrls({ issuer: null, openedIssuer: AT, listensAt: null })).toEqual({ issuer: AT, url: AT });
  });
});
