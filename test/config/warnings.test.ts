import { describe, expect, it } from '@jest/globals';
import { configWarnings } from '../../src/config/warnings.js';

describe('names that are nearly ours', () => {
  it.each([
    ['MONGODB_URI', 'MONGODB_URL'],
    ['MONGO_DB_URL', 'MONGODB_URL'],
    ['EVENTSTOREDB_URL', 'EVENTSTORE_URL'],
    ['REFRESH_TOKEN_EXPIRE_DAY', 'REFRESH_TOKEN_EXPIRE_DAYS'],
    ['REFRESH_TOKEN_EXPIRES_DAYS', 'REFRESH_TOKEN_EXPIRE_DAYS'],
    ['ACCESS_TOKEN_EXPIRE_SECONDS', 'ACCESS_TOKEN_EXPIRE_MINUTES'],
    ['KEY_FILE', 'KEYS_FILE'],
    ['DATADIR', 'DATA_DIR'],
    ['DATA_DIRECTORY', 'DATA_DIR'],
    ['ISSUER_URL', 'ISSUER'],
    ['ISUSER', 'ISSUER'],
    ['PROT', 'PORT'],
    ['issuer', 'ISSUER'],
    ['TOKENLEDGER_PORT', 'PORT'],
    ['TOKENLEDGER_TOKEN', 'TOKENLEDGER_'],
    ['LIMIT_ROTATION_PER_HOUR', 'LIMIT_ROTATIONS_PER_HOUR'],
    ['MONGODB_URL_FILES', 'MONGODB_URL_FILE'],
    ['TRUST_PROXIES', 'TRUST_PROXY'],
    ['TRUSTED_PROXIES', 'TRUST_PROXY'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    ['DRAIN_SECS', 'DRAIN_SECONDS'],
    ['DRAIN_MS', 'DRAIN_SECONDS'],
    ['REFRESH_TOKEN_DAYS', 'REFRESH_TOKEN_EXPIRE_DAYS'],
    ['REFRESH_TOKEN_EXPIRY_HOURS', 'REFRESH_TOKEN_EXPIRE_DAYS'],
    ['SESSION_MAX_AGE_DAYS', 'SESSION_MAX_DAYS'],
    ['SESSION_DAYS', 'SESSION_MAX_DAYS'],
    ['MAX_SESSION_DAYS', 'SESSION_MAX_DAYS'],
    ['MAX_SESSIONS', 'MAX_SESSIONS_PER_USER'],
    ['MAX_USER_SESSIONS', 'MAX_SESSIONS_PER_USER'],
    ['PASSWORD_MIN', 'PASSWORD_MIN_LENGTH'],
    ['MIN_PASSWORD_LENGTH', 'PASSWORD_MIN_LENGTH'],
    ['MONGO_URI', 'MONGODB_URL'],
    ['MONGODB_CONNECTION_STRING', 'MONGODB_URL'],
    ['EVENTSTOREDB_CONNECTION_STRING', 'EVENTSTORE_URL'],
    ['RETENTION_HOURS', 'RETENTION_DAYS'],
    ['RETENTION', 'RETENTION_DAYS'],
    ['KEYS_PATH', 'KEYS_FILE'],
    ['HSTS', 'HSTS_SECONDS'],
    ['HSTS_MAX_AGE_SECONDS', 'HSTS_SECONDS'],
    ['HSTS_MAX_AGE', 'HSTS_SECONDS'],
    ['ACCESS_TOKEN_TTL', 'ACCESS_TOKEN_EXPIRE_MINUTES'],
    ['PUBLIC_BASE_URL', 'PUBLIC_URL'],
    ['ORIGINS_ALLOWED', 'ALLOWED_ORIGINS'],
    ['OAUTH_CLIENTS', 'OAUTH_CLIENTS_FILE'],
    ['TOKENLEDGER_MONGO_URI', 'MONGODB_URL'],
  ])('warns of %s', (name, meant) => {
    const [warning = '', ...more] = configWarnings({ [name]: 'secret' });
    expect(warning.startsWith(`${name} is not read: `)).toBe(true);
    expect(warning).toContain(meant.endsWith('_') ? 'no variable has this name' : `did you mean ${meant}`);
    expect(warning).not.toContain('secret');
    expect(more).toEqual([]);
  });

  it('warns of a limit that there is not', () => {
    expect(configWarnings({ LIMIT_COFFEE: '1' })).toEqual(['LIMIT_COFFEE is not read: no variable has this name.']);
  });

  it('says nothing of ours, nor of what systems set', () => {
    const names =
      'PORT HOST MONGODB_URL MONGODB_URL_FILE TOKENLEDGER_URL TOKENLEDGER_OPERATOR_TOKEN ' +
      'TOKENLEDGER_OPERATOR_TOKEN_FILE PATH HOME HOSTNAME PWD SHLVL TERM ' +
      'LANG USER LOGNAME SHELL NODE_ENV NODE_OPTIONS npm_config_cache npm_package_name KUBERNETES_SERVICE_HOST HOSTTYPE ' +
      'MONGODB_VERSION OTEL_LOG_LEVEL http_proxy TZ EDITOR _ NODE_PATH NODE_EXTRA_CA_CERTS npm_config_user_agent ' +
      'npm_package_config_port npm_lifecycle_event npm_config_prefix INIT_CWD PORTAGE_CONFIGROOT PORTAGE_REPOSITORIES MAIL ' +
      'MAILCHECK MAILPATH PUBLIC DATA KEY ACCESS_TOKEN REFRESH_TOKEN SESSION_MANAGER DESKTOP_SESSION XDG_SESSION_ID ' +
      'XDG_DATA_DIRS XDG_DATA_HOME DBUS_SESSION_BUS_ADDRESS SSH_CONNECTION SSL_CERT_FILE SSL_KEY_FILE HISTFILE LS_COLORS ' +
      'DATABASE_URL REDIS_URL NEXT_PUBLIC_URL MONGO_INITDB_ROOT_USERNAME MONGODB_SERVICE_HOST MONGODB_PORT ' +
      'MONGODB_PORT_27017_TCP_ADDR EVENTSTORE_INSECURE EVENTSTORE_DB EVENTSTORE_HTTP_PORT OAUTH_CLIENT_ID SYSTEMROOT ' +
      'USERPROFILE APPDATA PROGRAMDATA COMPUTERNAME TMPDIR INVOCATION_ID JOURNAL_STREAM LISTEN_FDS NOTIFY_SOCKET LOG_FILE';
    expect(configWarnings(Object.fromEntries(names.split(' ').map((name) => [name, 'x'])))).toEqual([]);
  });
});
