import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../../src/config.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('a secret in a file', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const KEYS_FILE = '/keys.json';
  const file = (content: string): string => {
    const name = path.join(folder.path, 'secret');
    writeFileSync(name, content);
    return name;
  };

  it.each(['\n', '\r\n', ''])('is read without the end of its line (%j)', (end) => {
    const url = 'esdb://user:p%20w@localhost:2113';
    expect(readConfig({ EVENTSTORE_URL_FILE: file(`${url}${end}`), KEYS_FILE }).eventStoreUrl).toBe(url);
  });

  it('is not also set, missing, empty or wrong', () => {
    const MONGODB_URL_FILE = file('mongodb://localhost\n');
    const both = { MONGODB_URL: 'mongodb://secret', MONGODB_URL_FILE, KEYS_FILE };
    expect(() => readConfig(both)).toThrow('MONGODB_URL and MONGODB_URL_FILE are both set: remove one of them.');
    expect(() => readConfig({ MONGODB_URL_FILE: `${folder.path}/none`, KEYS_FILE })).toThrow(
      /^MONGODB_URL_FILE names a file that cannot be read \(ENOENT\): correct /,
    );
    expect(() => readConfig({ MONGODB_URL_FILE: folder.path, KEYS_FILE })).toThrow(/EISDIR/);
    expect(() => readConfig({ MONGODB_URL_FILE: file('\n'), KEYS_FILE })).toThrow(/names an empty file/);
    const wrong = { MONGODB_URL_FILE: file('http://secret'), KEYS_FILE };
    expect(() => readConfig(wrong)).toThrow(/^MONGODB_URL must be a connection string/);
    expect(() => readConfig(wrong)).not.toThrow(/secret/);
    const unescaped = { MONGODB_URL_FILE: file('mongodb://app:a@secret@localhost'), KEYS_FILE };
    expect(() => readConfig(unescaped)).toThrow(/^MONGODB_URL must have its user name and password URL-encoded/);
    expect(() => readConfig(unescaped)).not.toThrow(/secret/);
  });

  it('is for secrets alone', () => {
    expect(readConfig({ PORT_FILE: file('9') }).port).toBe(8080);
  });
});
