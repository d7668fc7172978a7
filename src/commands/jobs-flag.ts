/** What `--jobs` may say. */
import { Failure, printable } from '../errors.ts';
import { integer } from '../settings/readers.ts';

/** Parts spoken at once; `auto` is as many as the service bears. */
export type Jobs = number | 'auto';

/** @throws Failure of kind usage */
export function readJobs(text: string): Jobs {
  const reader = integer(1, 100);
  const jobs = text === 'auto' ? text : reader.fromText(text);
  if (jobs !== undefined) return jobs;
  const expects = `${reader.expects}, or auto`;
  throw new Failure('usage', `--jobs must be ${expects}, not ${JSON.stringify(printable(text, 60))}`);
}
