/** What the stack and the image are made from, as far as that can be seen without containers. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = path.resolve('scripts/build/stack-passwords.mjs');

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const file = (): string => path.join(folder.path, '.env');

/** Runs the script; the variables of the file, by name. */
function made(): Record<string, string> {
  execFileSync(process.execPath, [SCRIPT], { cwd: folder.path });
  const lines = readFileSync(file(), 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
}

describe('the passwords of the stack', () => {
  it('are made once, each another, for the owner alone', () => {
    const passwords = made();
    const asked = [...readFileSync('docker-compose.yml', 'utf8').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!);
    expect(Object.keys(passwords).sort()).toEqual([...new Set(asked)].sort());
    expect(new Set(Object.values(passwords)).size).toBe(3);
    for (const password of Object.values(passwords)) expect(password).toMatch(/^[\w-]{32}$/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(made()).toEqual(passwords);
  });

  it('leave what else is in the file, and fill in what is missing', () => {
    writeFileSync(file(), 'ISSUER=https://auth.example.com\nMONGODB_PASSWORD=kept', { mode: 0o644 });
    expect(made()).toEqual({
      ISSUER: 'https://auth.example.com',
      MONGODB_PASSWORD: 'kept',
      MONGODB_ADMINISTRATOR_PASSWORD: expect.stringMatching(/^.{32}$/),
      MONGODB_CLUSTER_PASSWORD: expect.stringMatching(/^.{32}$/),
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('are nothing that git or an image takes', () => {
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('.env');
    expect(readFileSync('.dockerignore', 'utf8').split('\n')).not.toContain('!.env');
  });
});

it('the image is built from what .dockerignore lets in', () => {
  const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (?!--from)(.*) \S+$/gm)];
  const sources = copied.flatMap(([, names]) => names!.split(' '));
  expect(sources).toContain('lists');
  const allowed = readFileSync('.dockerignore', 'utf8').split('\n');
  expect(sources.filter((source) => !allowed.includes(`!${source}`))).toEqual([]);
});

describe('the services of the stack', () => {
  const text = readFileSync('docker-compose.yml', 'utf8');
  /** The lines of a service, up to the next one. */
  const service = (name: string): string => new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)*)`, 'm').exec(text)![1]!;

  it.each(['app', 'app-cluster'])('%s gets what mail needs from the environment', (name) => {
    expect(service(name)).toContain('<<: *mail');
    for (const variable of ['SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'])
      expect(/^x-mail: &mail\n((?: {2}.*\n)*)/m.exec(text)![1]).toContain(`  ${variable}: \${${variable}:-}\n`);
  });

  it.each([
    ['app', 'rewrap', 'keys', 'environment'],
    ['app-cluster', 'rewrap-cluster', 'keys-cluster', 'cluster-environment'],
  ])('beside %s, %s can write the key file, and only when it is asked for', (app, rewrap, volume, environment) => {
    expect(service(app)).toContain(`- ${volume}:/keys:ro\n`);
    expect(service(app)).toContain(`environment: &${environment}\n`);
    expect(service(rewrap)).toContain(`- ${volume}:/keys\n`);
    expect(service(rewrap)).toContain(`environment: *${environment}\n`);
    expect(service(rewrap)).toContain('profiles: [rewrap]\n');
    expect(text).toMatch(/^x-rewrap: &rewrap\n {2}<<: \*app\n {2}command: \[.*keys, rewrap\]\n/m);
  });
});
