/** auth.js as a package: what it declares is what it has, and a program in TypeScript can use it. */
import { describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { AuthModule } from '../support/auth-module.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const FOLDER = resolve('public/js');

const SAMPLE = `
import { AuthError, createAuth, type Auth, type Device, type Session } from 'tokenledger-auth';
import { DpopUnavailableError, dpopFetch } from 'tokenledger-auth/dpop';

const auth: Auth = createAuth({ apiOrigin: 'https://api.example', mode: 'storage', requestTimeoutMs: 5_000, dpop: true });
const orders: typeof fetch = dpopFetch('https://api.example/api/v1/auth', 'tokenledger');
const off: () => void = auth.onAuthChange((session, reason) => {
  if (session === null && reason === 'ended') console.log('signed out');
});
export async function main(password: string): Promise<void> {
  const { userId } = await auth.register({ email: 'ada@example.com', password, name: 'Ada' });
  const session: Session = await auth.login({ email: 'ada@example.com', password, deviceName: userId, remember: true });
  await orders('https://orders.example/', { headers: { Authorization: 'Bearer ' + (await auth.getAccessToken()) } });
  await auth.changePassword({ currentPassword: password, newPassword: password + '!' });
  const { devices, recently_ended: ended, next } = await auth.devices({ limit: 10 });
  const first: Device | undefined = devices[0];
  if (first) await auth.renameDevice(first.session_id, ended[0]?.reason ?? 'Phone');
  if (next !== null) await auth.devices({ after: next });
  await auth.removeDevice(session.sessionId, { password });
  const answer: Response = await auth.apiRequest('/things', { method: 'POST', body: new Blob(['x']) });
  await auth.apiRequest(new Request('/things'));
  new EventSource('/feed?token=' + (await auth.getAccessToken({ minValiditySeconds: 30 })));
  try {
    await auth.logoutAll({ keepCurrent: true, password });
  } catch (error) {
    if (error instanceof DpopUnavailableError) console.log(error.code satisfies 'dpop_unavailable');
    if (error instanceof AuthError && error.code === 'reauthentication_required')
      console.log(answer.status, error.status, error.errors[0]?.path, error.retryAfterSeconds);
  }
  const revoked: boolean = await auth.logout();
  console.log(revoked, auth.getSession()?.mode);
  off();
  auth.dispose();
}
// @ts-expect-error There is no such mode.
createAuth({ mode: 'memory' });
// @ts-expect-error A password is needed.
void auth.login({ email: 'ada@example.com' });
`;

/** What the compiler says of the sample, in a project that has the package installed. */
function compile(module: ts.ModuleKind, moduleResolution: ts.ModuleResolutionKind): string[] {
  const project = temporaryFolder();
  try {
    mkdirSync(join(project.path, 'node_modules'));
    symlinkSync(FOLDER, join(project.path, 'node_modules', 'tokenledger-auth'));
    writeFileSync(join(project.path, 'package.json'), '{"type":"module"}');
    const file = join(project.path, 'sample.ts');
    writeFileSync(file, SAMPLE);
    const program = ts.createProgram([file], {
      module,
      moduleResolution,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    });
    return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  } finally {
    project.remove();
  }
}

/** The names of values, not of types, that auth.d.ts exports; and the members of what createAuth returns. */
function declared(name: string): { values: string[]; calls: string[] } {
  const file = join(FOLDER, name);
  const program = ts.createProgram([file], { lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] });
  const checker = program.getTypeChecker();
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  const auth = symbols.find(({ name }) => name === 'Auth');
  const calls = auth === undefined ? [] : checker.getDeclaredTypeOfSymbol(auth).getProperties();
  return {
    values: symbols.filter(({ flags }) => flags & ts.SymbolFlags.Value).map(({ name }) => name),
    calls: calls.map(({ name }) => name),
  };
}

describe('the package of auth.js', () => {
  it('declares exactly what it exports, and each call', async () => {
    const actual = (await import(pathToFileURL(join(FOLDER, 'auth.js')).href)) as AuthModule;
    const { values, calls } = declared('auth.d.ts');
    expect(values.sort()).toEqual(Object.keys(actual).sort());
    expect(calls.sort()).toEqual(Object.keys(actual.createAuth()).sort());
  });

  it('declares exactly what its module for DPoP exports', async () => {
    const actual = (await import(pathToFileURL(join(FOLDER, 'auth-dpop.js')).href)) as object;
    expect(declared('auth-dpop.d.ts').values.sort()).toEqual(Object.keys(actual).sort());
  });

  it.each([
    ['Node.js', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ['bundlers', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ])('has types that a sample compiles against, resolved as by %s', (_, module, resolution) => {
    expect(compile(module, resolution)).toEqual([]);
  });

  it('names files that are there, and what bundlers and registries ask for', () => {
    const manifest = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      name: 'tokenledger-auth',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      types: './auth.d.ts',
      exports: {
        '.': { types: './auth.d.ts', default: './auth.js' },
        './dpop': { types: './auth-dpop.d.ts', default: './auth-dpop.js' },
      },
      files: ['auth.js', 'auth.d.ts', 'auth-dpop.js', 'auth-dpop.d.ts'],
    });
    // Packed whatever `files` says, if they are there.
    expect(readFileSync(join(FOLDER, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain("from 'tokenledger-auth'");
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('private');
  });
});
