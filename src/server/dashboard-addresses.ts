// Under which addresses this server can be reached, and from where each of them works: the question that most first
// runs fail at, because inside a container localhost is the container.
import { networkInterfaces } from 'node:os';

export interface Address {
  url: string;
  /** Where it works, in words. */
  when: string;
}

/** Addresses to type into Label Studio. `seen` is what a browser used just now, as its Host header says. */
export function addressesOf(host: string, port: number, seen: string | null = null): Address[] {
  const found: Address[] = [];
  const add = (name: string, when: string) => {
    const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
    if (!found.some((address) => address.url === url)) found.push({ url, when });
  };
  const isLocal = isLoopback(host);
  const isSeenElsewhere = seen !== null && !isLoopback(seen);
  if (isSeenElsewhere) found.push({ url: `http://${seen}`, when: 'where this page was found under it' });
  if (isLocal || isAny(host))
    add(isAny(host) ? 'localhost' : host, 'when Label Studio runs on this machine, outside a container');
  if (isLocal) return found;
  if (!isAny(host)) {
    add(host, 'from wherever it can be reached: it is what HOST says');
    return found;
  }
  add('host.docker.internal', 'when Label Studio runs in Docker Desktop on this machine');
  for (const { name, address } of outsideAddresses()) {
    const isBridge = /^(docker|br-|podman|cni)/.test(name);
    add(
      address,
      isBridge
        ? 'when Label Studio runs in a container on this machine'
        : 'from other machines, and from containers on this one',
    );
  }
  return found;
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Whether only programs on the same machine can reach this name; a port behind it does not matter. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

function outsideAddresses(): { name: string; address: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ name, address })),
  );
}
