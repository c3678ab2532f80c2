// The table of commands: a line each. A command's file is imported only when it is called, so that `--help` stays fast.
import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What a command's file exports: it adds arguments, options and an action to the command it is given. */
interface CommandFile {
  configure(command: Command, session: Session): void;
}

interface CommandEntry {
  name: string;
  summary: string;
  load: () => Promise<CommandFile>;
  /** Runs until it is interrupted and then comes to its end by itself; all others are left where they are. */
  isService?: true;
}

export const commands: readonly CommandEntry[] = [
  { name: 'train', summary: 'fit a classifier to labelled texts', load: () => import('./train.ts') },
  { name: 'evaluate', summary: 'measure a classifier on labelled texts', load: () => import('./evaluate.ts') },
  { name: 'predict', summary: 'label texts, as a stream', load: () => import('./predict.ts') },
  { name: 'audit', summary: 'list the labels that look wrong', load: () => import('./audit.ts') },
  { name: 'explain', summary: 'say which words carried a prediction', load: () => import('./explain.ts') },
  { name: 'vectorize', summary: 'write the TF-IDF matrix of texts', load: () => import('./vectorize.ts') },
  { name: 'inspect', summary: 'show what a model file holds', load: () => import('./inspect.ts') },
  { name: 'export', summary: 'write a model for other programs', load: () => import('./export.ts') },
  { name: 'init', summary: 'make a directory with a model of your own', load: () => import('./init.ts') },
  { name: 'start', summary: 'serve Label Studio', load: () => import('./start.ts'), isService: true },
  {
    name: 'worker',
    summary: 'do trainings for servers that share a Redis',
    load: () => import('./worker.ts'),
    isService: true,
  },
  { name: 'doctor', summary: 'check everything that a server needs', load: () => import('./doctor.ts') },
  { name: 'demo', summary: 'watch it learn, without Label Studio', load: () => import('./demo.ts'), isService: true },
];
