// A Dockerfile as its steps: enough of its grammar for ours, so that they can be checked and tried without an engine.

export interface Step {
  /** Number of the stage, and its name where it has one. */
  stage: number;
  instruction: string;
  rest: string;
}

export function stepsOf(text: string): Step[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  let stage = -1;
  return lines.map((line) => {
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (instruction === '') throw new Error(`This is no step of a Dockerfile: ${line}`);
    if (instruction === 'FROM') stage++;
    return { stage, instruction, rest };
  });
}
