// JSON over HTTP with kept-alive connections, for load where wrk is not at hand or requests are of several kinds.
import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Client {
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  /** A string is sent as it is. */
  post(path: string, body: object | string): Promise<Answer> {
    return this.#send('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** As `post`, for requests that have to succeed; the answer's JSON. */
  async postJson<T>(path: string, body: object): Promise<T> {
    const answer = await this.post(path, body);
    if (answer.status >= 400) throw new Error(`POST ${path} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    return JSON.parse(answer.body);
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const { hostname, port } = this.#url;
      const sent = request({ hostname, port, path, method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
