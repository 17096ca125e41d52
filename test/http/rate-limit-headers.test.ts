import { describe, expect, it } from '@jest/globals';
import { rateLimitHeaders } from '../../src/http/rate-limit-headers.js';

const status = { policy: 'login', quota: 10, windowSeconds: 60, remaining: 9, resetSeconds: 30 };

describe('the header fields of limits', () => {
  it('say the policy and how it stands', () => {
    expect(rateLimitHeaders({ refused: null, shown: [status] })).toEqual({
      'RateLimit-Policy': '"login";q=10;w=60',
      RateLimit: '"login";r=9;t=30',
    });
  });

  it('are lists', () => {
    const headers = rateLimitHeaders({ refused: null, shown: [status, { ...status, policy: 'login_24', quota: 100 }] });
    expect(headers['RateLimit-Policy']).toBe('"login";q=10;w=60, "login_24";q=100;w=60');
    expect(headers.RateLimit).toBe('"login";r=9;t=30, "login_24";r=9;t=30');
  });

  it('ask to come back no earlier than the limit is there again', () => {
    const refused = { policy: 'login', retryAfterSeconds: 20 };
    expect(rateLimitHeaders({ refused, shown: [status] })).toMatchObject({ 'Retry-After': '30' });
    expect(rateLimitHeaders({ refused: { ...refused, retryAfterSeconds: 40 }, shown: [status] })).toMatchObject({
      'Retry-After': '40',
    });
  });

  it('say nothing of a limit that the client may not know of', () => {
    expect(rateLimitHeaders({ refused: null, shown: [] })).toEqual({});
    expect(rateLimitHeaders({ refused: { policy: 'hidden', retryAfterSeconds: 7 }, shown: [] })).toEqual({
      'Retry-After': '7',
    });
  });
});
