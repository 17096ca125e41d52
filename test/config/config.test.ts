import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig, readToolConfig } from '../../src/config.js';
import { VARIABLES } from '../../src/config/environment.js';
import { DEFAULT_LIMITS } from '../../src/security/limits/limit-settings.js';

describe('configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      lifetimes: { idleMs: 604_800_000, absoluteMs: 7_776_000_000, graceMs: 30_000 },
      accessTokenMs: 1_800_000,
      accessTokenAlgorithm: 'EdDSA',
      retentionMs: 2_592_000_000,
      expirySweepCron: '0 * * * *',
      maxSessionsPerUser: 100,
      registration: 'open',
      passwordMinLength: 12,
      port: 8080,
      host: '127.0.0.1',
      operationsPort: 9464,
      operationsHost: '127.0.0.1',
      allowedOrigins: [],
      drainMs: 0,
      hstsSeconds: 0,
      issuer: null,
      audience: 'tokenledger',
      dataDir: './data',
      roles: ['http', 'projector', 'scheduler'],
      rateLimitExempt: [],
      mongoUrl: null,
      keysFile: null,
      trustProxy: 0,
      streamPrefix: 'tokenledger_',
    });
  });

  it('has the limits that are documented', () => {
    expect(readConfig({ LIMIT_ROTATIONS_PER_HOUR: '0', LIMIT_MUTATIONS_PER_HOUR: '' }).limits).toEqual({
      rotationsPerHour: 0,
      signInFailuresPerAccountPerHour: 100,
      signInFailuresPerAccountAndNetwork: 20,
      signInFailuresPerNetwork: 300,
      knownDeviceFailures: 20,
      knownDevicesFailuresPerHour: 100,
      registrationsPerNetworkPerHour: 60,
      mailRequestsPerNetworkPerHour: 30,
      mailsPerAddressPerHour: 3,
      mutationsPerHour: 300,
      anonymousRequestsPerNetwork: 300,
    });
    expect(readConfig({}).limits).toMatchObject(DEFAULT_LIMITS);
    expect(readConfig({ LIMIT_ANONYMOUS_REQUESTS_PER_NETWORK: '7' }).limits.anonymousRequestsPerNetwork).toBe(7);
  });

  it('takes fractions, lists and numbers of proxies, and an empty value for none', () => {
    const config = readConfig({
      REFRESH_TOKEN_EXPIRE_DAYS: '0.001',
      REFRESH_GRACE_SECONDS: '0',
      DRAIN_SECONDS: '0.5',
      ROLES: 'projector, scheduler',
      RATE_LIMIT_EXEMPT: '10.0.0.0/8, ::1',
      TRUST_PROXY: 'true',
      MONGODB_URL: '',
      HOST: '::1',
      OPERATIONS_PORT: '0',
    });
    expect(config.lifetimes).toMatchObject({ idleMs: 86_400, graceMs: 0 });
    expect(config.roles).toEqual(['projector', 'scheduler']);
    expect(config.rateLimitExempt).toEqual(['10.0.0.0/8', '::1']);
    expect(config).toMatchObject({ trustProxy: 1, mongoUrl: null, drainMs: 500, operationsPort: 0 });
  });

  it('brings origins into their one form', () => {
    const ALLOWED_ORIGINS = 'HTTPS://App.Example.com:443/, http://localhost:5173, https://app.example.com';
    expect(readConfig({ ALLOWED_ORIGINS }).allowedOrigins).toEqual(['https://app.example.com', 'http://localhost:5173']);
  });

  it.each([
    ['REFRESH_TOKEN_EXPIRE_DAYS', '0'],
    ['REFRESH_TOKEN_EXPIRE_DAYS', 'week'],
    ['ACCESS_TOKEN_EXPIRE_MINUTES', '1e9'],
    ['ACCESS_TOKEN_ALGORITHM', 'none'],
    ['REFRESH_GRACE_SECONDS', '4000'],
    ['EXPIRY_SWEEP_CRON', 'now and then'],
    ['EXPIRY_SWEEP_CRON', '99 * * * *'],
    ['EXPIRY_SWEEP_CRON', ' '],
    ['EXPIRY_SWEEP_CRON', '2099-01-01'],
    ['EXPIRY_SWEEP_CRON', '2097-12-31T00:00:00Z'],
    ['EXPIRY_SWEEP_CRON', 'Dec 31 2097'],
    ['EXPIRY_SWEEP_CRON', '31 Dec 2097 00:00 UTC'],
    ['EXPIRY_SWEEP_CRON', 'Thu, 31 Dec 2097 00:00:00 GMT'],
    ['SEAL_ORIGIN', 'https://a.example'],
    ['SEAL_ORIGIN', 'a/'],
    ['SEAL_ORIGIN', 'a+b'],
    ['SEAL_ORIGIN', 'a b'],
    ['SEAL_ORIGIN', 'a\u0007b'],
    ['SEAL_ORIGIN', 'a\u0085b'],
    ['SEAL_ORIGIN', 'a\u2028b'],
    ['SEAL_ORIGIN', 'a\u007f'],
    ['MAIL_FROM', 'not an address'],
    ['MAIL_FROM', 'a@example.com\r\nBcc: b@example.com'],
    ['MAIL_FROM', 'a@b@c'],
    ['RETENTION_DAYS', ' '],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['OPERATIONS_PORT', '-1'],
    ['HOST', ' '],
    ['ISSUER', 'me'],
    ['ISSUER', 'ftp://example.com'],
    ['ISSUER', 'https://user@example.com'],
    ['ISSUER', 'https://example.com/?a=b'],
    ['ISSUER', 'https:example.com'],
    ['ISSUER', 'https://example.com/a;Domain=example.com'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://*.example.com'],
    ['ALLOWED_ORIGINS', 'https://example.com/app'],
    ['ALLOWED_ORIGINS', 'https://example.com, null'],
    ['STREAM_PREFIX', '$ledger'],
    ['STREAM_PREFIX', 'a-b'],
    ['STREAM_PREFIX', 'ledger '],
    ['PASSWORD_MIN_LENGTH', '8'],
    ['MAX_SESSIONS_PER_USER', '0'],
    ['REGISTRATION', 'maybe'],
    ['DRAIN_SECONDS', '-1'],
    ['LIMIT_ROTATIONS_PER_HOUR', '1.5'],
    ['LIMIT_MAILS_PER_ADDRESS_PER_HOUR', '0'],
    ['RATE_LIMIT_EXEMPT', '10.0.0.0/33'],
    ['RATE_LIMIT_EXEMPT', 'localhost'],
    ['RATE_LIMIT_EXEMPT', 'fe80::1%eth0'],
    ['RATE_LIMIT_EXEMPT', 'fe80::%eth0/64'],
    ['ROLES', 'http,cook'],
    ['LOG_LEVEL', 'loud'],
    ['TRUST_PROXY', 'yes'],
    ['EVENTSTORE_URL', 'http://secret@localhost'],
    ['MONGODB_URL', 'localhost:secret'],
    ['EVENTSTORE_URL', 'esdb://app:hunter2@secret@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:1/secret@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:1?secret@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:1#secret@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://a/secret:1@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:1:secret@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:secret%zz@127.0.0.1:1?tls=false'],
    ['EVENTSTORE_URL', 'esdb://app:secret?tls=false'],
    ['EVENTSTORE_URL', 'esdb://127.0.0.1:x?tls=false'],
    ['EVENTSTORE_URL', 'esdb://127.0.0.1:99999?tls=false'],
    ['EVENTSTORE_URL', 'esdb://a,,b?tls=false'],
    ['MONGODB_URL', 'mongodb://app:hunter2@secret@127.0.0.1:1'],
    ['MONGODB_URL', 'mongodb://app:1/secret@127.0.0.1:1'],
    ['MONGODB_URL', 'mongodb://app:1?secret@127.0.0.1:1'],
    ['MONGODB_URL', 'mongodb://app:1#secret@127.0.0.1:1'],
    ['MONGODB_URL', 'mongodb://app:secret'],
    ['MONGODB_URL', 'mongodb://127.0.0.1:x'],
    ['MONGODB_URL', 'mongodb://[::1'],
    ['SMTP_URL', 'smtp://app:25/secret@mail.example.com'],
    ['SMTP_URL', 'smtp://app:25?secret@mail.example.com'],
    ['SMTP_URL', 'smtp://secret#1@mail.example.com'],
    ['SMTP_URL', 'smtp://app:secret%zz@mail.example.com'],
    ['SMTP_URL', 'smtp://app:secret'],
  ])('refuses %s=%s in a sentence, without its value', (name, value) => {
    const read = (): unknown => readConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name} must .*\\.$`));
    if (value.includes('secret')) expect(read).not.toThrow(/secret/);
  });

  it.each([
    ['EVENTSTORE_URL', 'esdb://app:p%40s%2Fs@a.example:2113,b.example?tls=true'],
    ['EVENTSTORE_URL', 'esdb+discover://app:p&x=1@cluster.example:2113'],
    ['MONGODB_URL', 'mongodb://app:p%3As@a.example:27017,[::1]:27018/ledger?replicaSet=rs0'],
    ['MONGODB_URL', 'mongodb+srv://app:secret@cluster.example.com/?retryWrites=true'],
    ['MONGODB_URL', 'mongodb://%2Ftmp%2Fmongodb-27017.sock/ledger'],
    ['SMTP_URL', 'smtps://me@example.com:p@ss@mail.example.com'],
    ['EXPIRY_SWEEP_CRON', '*/5 * * * *'],
    ['EXPIRY_SWEEP_CRON', '30 0 4 * * MON-FRI'],
    ['EXPIRY_SWEEP_CRON', '0 0 29 FEB *'],
    ['EXPIRY_SWEEP_CRON', '@daily'],
    ['SEAL_ORIGIN', 'example.com/log-ü'],
  ])('takes %s=%s', (name, value) => {
    expect(Object.values(readToolConfig({ KEYS_FILE: '/keys.json', [name]: value }))).toContain(value);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', 'LOCALHOST'],
    ['127.0.0.1', '0.0.0.0'],
    ['::1', '::'],
    ['127.0.0.1', '::'],
  ])('refuses one port for both listeners (HOST %s, OPERATIONS_HOST %s)', (HOST, OPERATIONS_HOST) => {
    const read = (): unknown => readConfig({ HOST, OPERATIONS_HOST, PORT: '9464' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^PORT and OPERATIONS_PORT are both 9464: set one of them to another port\. /);
  });

  it.each([
    { PORT: '0', OPERATIONS_PORT: '0' },
    { PORT: '9464', ROLES: 'projector' },
    { PORT: '9464', HOST: '127.0.0.2' },
    { PORT: '9464', HOST: '::1' },
  ])('takes %j, where the listeners do not meet', (environment) => {
    expect(readConfig(environment).port).toBe(Number(environment.PORT));
  });

  it('says of a number what is wrong with it, and what it is when it is not set', () => {
    expect(() => readConfig({ SESSION_MAX_DAYS: '-1' })).toThrow(
      'SESSION_MAX_DAYS must be above 0 and at most 36500 (not set, it is 90).',
    );
  });

  it('refuses an idle limit beyond the absolute one, and lowers the default of the former to the latter', () => {
    const REFRESH_TOKEN_EXPIRE_DAYS = '2';
    expect(() => readConfig({ REFRESH_TOKEN_EXPIRE_DAYS, SESSION_MAX_DAYS: '1' })).toThrow(
      /^REFRESH_TOKEN_EXPIRE_DAYS \(2\) must not be above SESSION_MAX_DAYS \(1\): /,
    );
    expect(() => readConfig({ REFRESH_TOKEN_EXPIRE_DAYS: '91' })).toThrow(/SESSION_MAX_DAYS/);
    expect(readConfig({ SESSION_MAX_DAYS: '0.001' }).lifetimes).toMatchObject({ idleMs: 86_400, absoluteMs: 86_400 });
  });

  it('wants the place of the keys when there is a server', () => {
    const MONGODB_URL = 'mongodb://localhost';
    expect(() => readConfig({ MONGODB_URL })).toThrow('KEYS_FILE must be set');
    expect(readConfig({ MONGODB_URL, KEYS_FILE: '/keys.json' })).toMatchObject({ mongoUrl: MONGODB_URL });
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'auth.internal'])('wants an issuer of a server on %s', (HOST) => {
    expect(() => readConfig({ HOST })).toThrow(/^ISSUER must be set/);
    expect(readToolConfig({ HOST }).issuer).toBeNull();
    expect(readConfig({ HOST, ISSUER: 'https://auth.example.com/' }).issuer).toBe('https://auth.example.com/');
  });

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1', '0:0:0:0:0:0:0:1'])('wants none on %s', (HOST) => {
    expect(readConfig({ HOST }).issuer).toBeNull();
  });

  it.each(['[::1]', ' [::1] '])('takes an address in brackets (%j)', (HOST) => {
    expect(readConfig({ HOST, OPERATIONS_HOST: HOST })).toMatchObject({ host: '::1', operationsHost: '::1', issuer: null });
  });

  it('names all that is wrong at once', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/PORT .*LOG_LEVEL |LOG_LEVEL .*PORT /);
  });

  it('has a sentence for every variable', () => {
    for (const { description } of Object.values(VARIABLES)) expect(description).toMatch(/^[A-Z].*\.$/);
  });
});
