/** The thread that owns espeak-ng: speaks sentences for all calls, a sentence of each in turn. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Job, Report, ThreadData } from './espeak-messages.ts';
import { type EspeakNg, loadEspeakNg } from './espeak-ng.ts';
import { speakSentence } from './sentence.ts';

const { module } = workerData as ThreadData;

/** Jobs by call; calls that have some, in the order of their turns. */
const waiting = new Map<number, Job[]>();
let espeak: EspeakNg | undefined;

parentPort?.on('message', (job: Job) => {
  const jobs = waiting.get(job.call);
  if (jobs === undefined) waiting.set(job.call, [job]);
  else jobs.push(job);
  if (waiting.size === 1 && jobs === undefined) setImmediate(next);
});
void load().then(next);

async function load(): Promise<void> {
  try {
    // Nothing is kept where we run from sources, which change; an older Node could not even load this one.
    const isSource = import.meta.url.endsWith('.ts');
    const cache = isSource ? undefined : (await import('../start-cache.ts')).openCodeCache(process);
    espeak = await loadEspeakNg(module, cache);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? { code: String(error.code) } : {};
    tell({ type: 'failed', message: messageOf(error), ...code });
    tellNow();
  }
}

/** One job, and then a look at what has arrived in the meantime. */
function next(): void {
  const [turn] = waiting;
  if (turn === undefined || espeak === undefined) return;
  const [call, jobs] = turn;
  const job = jobs.shift();
  waiting.delete(call);
  if (jobs.length > 0) waiting.set(call, jobs);
  const isWell = job === undefined || work(espeak, job);
  // Who hears that a job is done has the next one ready in time.
  tellNow();
  if (!isWell) return;
  if (waiting.size > 0) setImmediate(next);
}

/** False if espeak-ng broke and is being loaded anew: what it was doing then may have left anything behind. */
function work(engine: EspeakNg, job: Job): boolean {
  if (job.type === 'flush') {
    tell({ type: 'flushed', call: job.call });
    return true;
  }
  if (Atomics.load(job.gone, 0) !== 0) return true;
  try {
    speakSentence(engine, job, tell);
    // Before the end of the job is told: then the program may end, and this thread with it.
    engine.keep();
    return true;
  } catch (error) {
    tell({ type: 'broken', call: job.call, message: messageOf(error) });
    espeak = undefined;
    engine.close();
    void load().then(next);
    return false;
  }
}

/** While a job goes on, so long passes between messages: to wake the other thread costs a tenth of a second of speech. */
const QUIET_MS = 4;

let untold: Report[] = [];
let toldAt = Number.NEGATIVE_INFINITY;

/** Reports at once what comes after a pause, such as the first sound, and the rest with what comes next. */
function tell(report: Report): void {
  untold.push(report);
  if (performance.now() - toldAt >= QUIET_MS) tellNow();
}

function tellNow(): void {
  if (untold.length === 0) return;
  // Copied: to have given a buffer away once makes V8 look at each access of espeak-ng to its memory whether it is still there.
  parentPort?.postMessage(untold);
  untold = [];
  toldAt = performance.now();
}

/** Without the stack, which quotes the whole of the package's source. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
