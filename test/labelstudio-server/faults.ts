// What can be made to go wrong with Label Studio's API, so many times, for the paths that match.
import type { ServerResponse } from 'node:http';

export interface Fault {
  path: RegExp;
  /** How often; by default once. */
  times?: number;
  /** Requests to let pass first. */
  after?: number;
  status?: number;
  headers?: { [name: string]: string };
  body?: string;
  /** Break the connection in the middle of the answer. */
  isCut?: boolean;
}

export class Faults {
  readonly #faults: Required<Pick<Fault, 'times' | 'after'>>[] & Fault[] = [] as never;

  add(fault: Fault): void {
    this.#faults.push({ times: 1, after: 0, ...fault });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** True where the request was answered by a fault. */
  meets(path: string, response: ServerResponse): boolean {
    for (const fault of this.#faults) {
      if (!fault.path.test(path) || fault.times <= 0) continue;
      if (fault.after-- > 0) continue;
      fault.times--;
      const { status = 500, headers = {}, body = '', isCut = false } = fault;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.write(body || '[{"id": 1');
      if (isCut) response.destroy();
      else response.end();
      return true;
    }
    return false;
  }
}
