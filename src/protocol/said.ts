/** What a service says in words, on its way to the wire, which takes secrets out and only then cuts text for showing. */
import { Failure, printable } from '../errors.ts';

/** Far more than is ever shown: no secret in what is shown can have been cut here. */
const CARRIED = 2000;

/** Words of the service, cleaned of controls and bounded, secrets still in them. */
export function carried(words: string): string {
  return printable(words, CARRIED);
}

/** A frame that cannot be read. */
export function notJson(frame: Buffer): Failure {
  const words = carried(frame.toString('utf8', 0, 4 * CARRIED));
  return new Failure('service', `the service sent something that is not JSON: ${words}`, { retryable: true });
}
