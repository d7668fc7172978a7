/** Voices as Cartesia's `GET /voices` tells of them (protocol §8.2). */
import type { Voice } from '../speech.ts';
import { isObject } from './members.ts';

/** A page of the list. */
export interface VoicesPage {
  readonly voices: readonly Voice[];
  /** What to ask for `starting_after` next; undefined when this was the last page. */
  readonly next: string | undefined;
}

/** Most that one request may ask for. */
export const VOICES_A_PAGE = 100;

/** Reads a page; what has no id is left out. Undefined for an answer of another form. */
export function readVoicesPage(answer: unknown): VoicesPage | undefined {
  // Before there were pages the answer was the list.
  const entries = Array.isArray(answer) ? answer : isObject(answer) ? answer.data : undefined;
  if (!Array.isArray(entries)) return undefined;
  const voices = entries.map(readVoice).filter(voice => voice !== undefined);
  const more = isObject(answer) && answer.has_more !== false && entries.length > 0;
  const named = isObject(answer) && typeof answer.next_page === 'string' ? answer.next_page : undefined;
  return { voices, next: more ? (named ?? voices.at(-1)?.id) : undefined };
}

/** Reads one voice; all but its id may be missing, null or of another type. Undefined without an id. */
export function readVoice(entry: unknown): Voice | undefined {
  if (!isObject(entry)) return undefined;
  const text = (name: string) => {
    const value = entry[name];
    return typeof value === 'string' && value.trim() !== '' ? value.slice(0, LONGEST) : undefined;
  };
  const id = text('id');
  if (id === undefined) return undefined;
  const facts = {
    language: text('language'),
    gender: text('gender'),
    description: text('description') ?? text('tagline'),
    country: text('country'),
    accent: text('accent'),
    mine: typeof entry.is_owner === 'boolean' ? entry.is_owner : undefined,
    createdAt: text('created_at'),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return { id, name: text('name') ?? id, ...(Object.fromEntries(known) as Partial<Voice>) };
}

/** Characters of any member that are kept. */
const LONGEST = 2000;
