// `sparrow inspect MODEL`: what a model file holds, and how it was made.
import type { Command } from 'commander';
import { addOutputFlags, type CommonFlags } from './data-options.ts';
import { readModel } from './model.ts';
import type { Session } from './session.ts';
import { counted, grouped, listed, visible } from './visible.ts';

export function configure(command: Command, session: Session): void {
  command.argument('<model>', 'model file');
  addOutputFlags(command).action((name: string, flags: CommonFlags) => inspect(name, flags, session));
}

async function inspect(name: string, flags: CommonFlags, session: Session): Promise<void> {
  const { classifier, version, bytes } = readModel(name, session);
  const { classes, multiLabel, report, model } = classifier;
  if (flags.json) {
    const { blocks, regression, refinement } = model;
    const options = { vectorizers: blocks.map(({ vectorizer }) => vectorizer), regression, refinement };
    const file = { model: name, version, fileBytes: bytes };
    await session.write(`${JSON.stringify({ ...file, labels: classes, multiLabel, ...report, options })}\n`);
    return;
  }
  const convergence = report.converged ? 'converged' : 'did not converge';
  const lines = [
    `model ${name}, version ${version}, ${grouped(bytes)} bytes`,
    `${counted(classes.length, 'class', 'classes')}${multiLabel ? ', several a document' : ''}: ${listed(classes, 20)}`,
    `fitted to ${counted(report.docs, 'document')}, ${counted(report.features, 'feature')}`,
    `${report.solver}, ${counted(report.iterations, 'iteration')}, ${convergence}, objective ${report.objective.toPrecision(8)}`,
  ];
  await session.write(`${lines.map(visible).join('\n')}\n`);
}
