/** From a fresh clone to a server that answers: `npm start` and `npm run dev`. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { copyProject, type ProjectCopy } from '../support/project-copy.js';

jest.setTimeout(240_000);

let project: ProjectCopy;
beforeEach(() => {
  project = copyProject();
});
afterEach(() => project.remove());

const UP = 'tokenledger is up';

describe('npm start', () => {
  it('builds and answers without waiting for the type check', async () => {
    // tsc would refuse this.
    project.edit('src/domain/instant.ts', (text) => `${text}\nexport const wrong: number = 'text';\n`);
    const begun = performance.now();
    const server = project.run('start');
    await server.says(UP);
    expect(await server.health()).toBe(200);
    // How long it may take is a matter of the machine, so it is printed and not judged.
    process.stderr.write(
      `npm start answered ${((performance.now() - begun) / 1_000).toFixed(1)} s after its build began\n`,
    );
  });

  it('starts nothing when the build fails, and says where', async () => {
    project.edit('src/domain/instant.ts', (text) => `${text}\nexport const = ;\n`);
    const server = project.run('start');
    await server.says('src/domain/instant.ts');
    await expect(server.health()).rejects.toThrow();
  });
});

describe('npm run dev', () => {
  it('builds and starts again on a change; one that cannot be built leaves the server as it is', async () => {
    const server = project.run('run', 'dev');
    await server.says(UP);
    expect(await server.health()).toBe(200);

    project.edit('src/main.ts', (text) => `${text}\nexport const = ;\n`);
    await server.says('waiting for a change');
    await server.says('src/main.ts');
    expect(await server.health()).toBe(200);

    const repaired = (text: string): string => text.replace('\nexport const = ;\n', '').replace(UP, `${UP} again`);
    project.edit('src/main.ts', repaired);
    await server.says(`${UP} again`);
    expect(await server.health()).toBe(200);
  });
});
