import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { libsodium, signEd25519 } from '../../src/security/ed25519.js';

describe('a signature by Ed25519', () => {
  // Musl alone has no prebuilt libsodium.
  const isMusl =
    (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime === undefined;

  (isMusl ? it.skip : it)('is made by libsodium', () => {
    expect(libsodium()).not.toBeNull();
  });

  it('is the one that OpenSSL makes, with each of several keys in turn', () => {
    const pairs = Array.from({ length: 3 }, () => generateKeyPairSync('ed25519'));
    for (const length of [0, 1, 500, 10_000])
      for (const { privateKey, publicKey } of pairs) {
        const message = randomBytes(length);
        const signature = signEd25519(privateKey, message);
        expect(signature.equals(sign(null, message, privateKey))).toBe(true);
        expect(verify(null, message, publicKey, signature)).toBe(true);
      }
  });

  it('is made by OpenSSL where there is no libsodium', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const program = `
      import { createPrivateKey } from 'node:crypto';
      import Module from 'node:module';
      const load = Module._load;
      Module._load = (name, ...others) => {
        if (name === 'sodium-native') throw new Error('not prebuilt');
        return load(name, ...others);
      };
      const { libsodium, signEd25519 } = await import(${JSON.stringify(new URL('../../src/security/ed25519.js', import.meta.url))});
      const key = createPrivateKey({ key: ${JSON.stringify(privateKey.export({ format: 'jwk' }))}, format: 'jwk' });
      console.log(libsodium(), signEd25519(key, Buffer.from('a message')).toString('hex'));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(printed.trim()).toBe(`null ${sign(null, Buffer.from('a message'), privateKey).toString('hex')}`);
  });
});
