/** What processes hold: memory, files, timers, children, temporary files. Linux only, beyond memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What is held at one time. Memory in MiB; the server's is what the system counts as its own. */
export interface Traces {
  readonly heap: number;
  readonly external: number;
  readonly serverRss: number;
  readonly files: number;
  readonly serverFiles: number;
  readonly resources: number;
  readonly temporaries: readonly string[];
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Looks at this process and at the server, all that is not needed any more being thrown away here. */
export async function tracesOf(server: number): Promise<Traces> {
  for (let i = 0; i < 5; i++) {
    await setImmediate();
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  const mib = (bytes: number) => Math.round(bytes / 1024 / 102.4) / 10;
  const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, 'utf8'))?.[1] ?? 0;
  return {
    heap: mib(heapUsed),
    external: mib(external),
    serverRss: mib(Number(rss) * 1024),
    files: readdirSync('/proc/self/fd').length,
    serverFiles: readdirSync(`/proc/${server}/fd`).length,
    resources: process.getActiveResourcesInfo().length,
    temporaries: readdirSync(tmpdir()).filter(name => /\.tmp$|^aloud-|^files-/.test(name)),
  };
}

/** What has grown between the two more than it may: sentences for people. */
export function leaks(before: Traces, after: Traces): readonly string[] {
  const found: string[] = [];
  const grew = (name: string, from: number, to: number, by: number) => {
    if (to - from > by) found.push(`${name} grew from ${from} to ${to}`);
  };
  grew('the heap (MiB)', before.heap, after.heap, 10);
  grew('memory beside the heap (MiB)', before.external, after.external, 10);
  grew('memory of the server (MiB)', before.serverRss, after.serverRss, 60);
  grew('open files', before.files, after.files, 0);
  grew('open files of the server', before.serverFiles, after.serverFiles, 0);
  grew('timers and sockets', before.resources, after.resources, 0);
  const left = after.temporaries.filter(name => !before.temporaries.includes(name));
  if (left.length > 0) found.push(`temporary files are left: ${left.slice(0, 5).join(', ')}`);
  return found;
}
