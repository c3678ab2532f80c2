// Who may be asked for what Label Studio knows: the Label Studio that was configured, with the key that was configured or,
// without one, with the token that it sent along itself when it connected. No other address is ever called.
import type { LabelSource } from './label-source.ts';
import type { Project } from './project.ts';

export interface SourcesOptions {
  /** With the configured key. */
  source: LabelSource | null;
  /** With a token that came from an address; null where that is not the configured Label Studio. */
  sourceWith?: ((token: string, hostname: string | null) => LabelSource | null) | undefined;
}

export class Sources {
  readonly #options: SourcesOptions;
  /** Tokens are kept in memory only, and go with the project. */
  readonly #own = new WeakMap<Project, { token: string; source: LabelSource | null }>();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  of(project: Project): LabelSource | null {
    return this.#options.source ?? this.#own.get(project)?.source ?? null;
  }

  /** Label Studio connected and sent its token. */
  note(project: Project, token: string | null, hostname: string | null): void {
    const { source, sourceWith } = this.#options;
    if (source !== null || sourceWith === undefined || token === null) return;
    if (this.#own.get(project)?.token === token) return;
    this.#own.set(project, { token, source: sourceWith(token, hostname) });
  }
}
