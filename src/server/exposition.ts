// Prometheus' text format, version 0.0.4: a head for each name, then its samples.

export class Exposition {
  readonly #lines: string[] = [];

  head(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  sample(name: string, labels: { [label: string]: string }, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`);
  }

  counter(name: string, help: string, value: number): void {
    this.head(name, 'counter', help);
    this.sample(name, {}, value);
  }

  gauge(name: string, help: string, value: number): void {
    this.head(name, 'gauge', help);
    this.sample(name, {}, value);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
