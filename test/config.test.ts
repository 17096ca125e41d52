import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '../src/config.js';

describe('configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      lifetimes: { idleMs: 604_800_000, absoluteMs: 7_776_000_000, graceMs: 30_000 },
      accessTokenMs: 1_800_000,
      retentionMs: 2_592_000_000,
      expirySweepCron: '0 * * * *',
      port: 8080,
      host: '127.0.0.1',
      issuer: 'http://127.0.0.1:8080',
      audience: 'tokenledger',
      dataDir: './data',
      roles: ['http', 'projector', 'scheduler'],
      rateLimitExempt: [],
      mongoUrl: null,
      keysFile: null,
      trustProxy: 0,
    });
  });

  it('takes fractions, lists and numbers of proxies, and an empty value for none', () => {
    const config = readConfig({
      REFRESH_TOKEN_EXPIRE_DAYS: '0.001',
      REFRESH_GRACE_SECONDS: '0',
      ROLES: 'projector, scheduler',
      RATE_LIMIT_EXEMPT: '10.0.0.0/8, ::1',
      TRUST_PROXY: 'true',
      MONGODB_URL: '',
      HOST: '::1',
      PORT: '9',
    });
    expect(config.lifetimes).toMatchObject({ idleMs: 86_400, graceMs: 0 });
    expect(config.roles).toEqual(['projector', 'scheduler']);
    expect(config.rateLimitExempt).toEqual(['10.0.0.0/8', '::1']);
    expect(config).toMatchObject({ trustProxy: 1, mongoUrl: null, issuer: 'http://[::1]:9' });
  });

  it.each([
    ['REFRESH_TOKEN_EXPIRE_DAYS', '0'],
    ['REFRESH_TOKEN_EXPIRE_DAYS', 'week'],
    ['SESSION_MAX_DAYS', '-1'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '1e9'],
    ['REFRESH_GRACE_SECONDS', '4000'],
    ['EXPIRY_SWEEP_CRON', 'now and then'],
    ['EXPIRY_SWEEP_CRON', '99 * * * *'],
    ['RETENTION_DAYS', ' '],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['ISSUER', 'me'],
    ['ISSUER', 'ftp://example.com'],
    ['RATE_LIMIT_EXEMPT', '10.0.0.0/33'],
    ['RATE_LIMIT_EXEMPT', 'localhost'],
    ['ROLES', 'http,cook'],
    ['LOG_LEVEL', 'loud'],
    ['TRUST_PROXY', 'yes'],
    ['EVENTSTORE_URL', 'http://secret@localhost'],
    ['MONGODB_URL', 'localhost:secret'],
  ])('refuses %s=%s, naming it without its value', (name, value) => {
    const read = (): unknown => readConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name} `));
    if (value.includes('secret')) expect(read).not.toThrow(/secret/);
  });

  it('wants to be told where the keys are when there is a server', () => {
    const MONGODB_URL = 'mongodb://localhost';
    expect(() => readConfig({ MONGODB_URL })).toThrow('KEYS_FILE must be set');
    expect(readConfig({ MONGODB_URL, KEYS_FILE: '/keys.json' })).toMatchObject({ mongoUrl: MONGODB_URL });
  });

  it('names all that is wrong at once', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/PORT .*LOG_LEVEL |LOG_LEVEL .*PORT /);
  });
});
