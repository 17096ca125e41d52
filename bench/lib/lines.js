import { createInterface } from 'node:readline';

/** Answers the process that started this one, with a line of JSON. */
export function announce(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Does what each line of JSON on standard input asks for, one after another, and answers each with a line. */
export async function answerLines(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      announce(await answer(JSON.parse(line)));
    } catch (error) {
      announce({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}
