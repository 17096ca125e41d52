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
      'PORT HOST MONGODB_URL MONGODB_URL_FILE TOKENLEDGER_URL TOKENLEDGER_OPERATOR_TOKEN PATH HOME HOSTNAME PWD SHLVL TERM ' +
      'LANG USER LOGNAME SHELL NODE_ENV NODE_OPTIONS npm_config_cache npm_package_name KUBERNETES_SERVICE_HOST HOSTTYPE ' +
      'MONGODB_VERSION OTEL_LOG_LEVEL http_proxy TZ EDITOR _';
    expect(configWarnings(Object.fromEntries(names.split(' ').map((name) => [name, 'x'])))).toEqual([]);
  });
});
