/** `GET /voices` and `GET /voices/{id}`: what there is to choose from (protocol §8.2). */
import { Refusal } from '../protocol/refusal.ts';
import { behaviourOf } from '../protocol/versions.ts';
import type { Voice } from '../speech.ts';
import type { Settings } from './options.ts';
import { badRequest } from './refusals.ts';

/** Voices that stand as defaults and examples in the documents and SDKs (protocol §8.4). */
const KNOWN_VOICES: readonly Voice[] = [
  { id: 'a0e99841-438c-4a64-b679-ae501e7d6091', name: 'Default', language: 'en' },
  { id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02', name: 'Katie', language: 'en', gender: 'feminine' },
  { id: 'a5136bf9-224c-4d76-b823-52bd5efcffcc', name: 'Jameson', language: 'en', gender: 'masculine' },
  { id: '6ccbfb76-1fc6-48f7-b71d-91ac6298247b', name: 'Example (Python)', language: 'en' },
  { id: 'e07c00bc-4134-4eae-9ea4-1a55fb45746b', name: 'Example', language: 'en' },
];

/** One page of voices. The pages end with an empty one, which is what the JS pager waits for. */
export interface VoicePage {
  readonly data: readonly object[];
  readonly has_more: boolean;
  readonly next_page: string | null;
}

/** @throws Refusal for a limit out of range or an unknown cursor. */
export function listVoices(query: URLSearchParams, version: string, settings: Settings): VoicePage {
  const limit = Number(query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw badRequest('limit must be a whole number from 1 to 100');
  const wanted = allVoices(settings).filter(voice => fits(voice, query));
  const after = cursor(wanted, query.get('starting_after'));
  const before = cursor(wanted, query.get('ending_before'));
  const end = before ?? wanted.length;
  const start = before === undefined || after !== undefined ? (after ?? -1) + 1 : Math.max(0, end - limit);
  const page = wanted.slice(start, Math.min(end, start + limit));
  const hasMore = start + page.length < end;
  return {
    data: page.map(voice => describe(voice, version)),
    has_more: hasMore,
    next_page: hasMore ? (page.at(-1)?.id ?? null) : null,
  };
}

/** @throws Refusal with 404 where there is none. */
export function showVoice(id: string, version: string, settings: Settings): object {
  const voice = allVoices(settings).find(known => known.id === id);
  if (voice !== undefined) return describe(voice, version);
  throw new Refusal({
    status: 404,
    code: 'voice_not_found',
    title: 'Not found',
    message: 'there is no voice of that id',
  });
}

function allVoices({ voices }: Settings): readonly Voice[] {
  return [...KNOWN_VOICES, ...(voices?.list?.() ?? [])];
}

function fits({ name, description, gender }: Voice, query: URLSearchParams): boolean {
  const text = query.get('q')?.toLowerCase() ?? '';
  const wanted = query.get('gender');
  const isFound = `${name}\n${description ?? ''}`.toLowerCase().includes(text);
  // Nobody owns a voice here.
  return isFound && (wanted === null || wanted === gender) && query.get('is_owner') !== 'true';
}

/** Where in the list a cursor points; undefined without one. */
function cursor(voices: readonly Voice[], id: string | null): number | undefined {
  if (id === null) return undefined;
  const place = voices.findIndex(voice => voice.id === id);
  if (place < 0) throw badRequest('there is no voice at that cursor');
  return place;
}

function describe(voice: Voice, version: string): object {
  const ownership =
    behaviourOf(version) >= '2026-08-14'
      ? { access: 'public', visibility: 'public' }
      : { is_owner: false, is_public: true };
  return {
    id: voice.id,
    name: voice.name,
    description: voice.description ?? '',
    language: voice.language ?? null,
    gender: voice.gender ?? null,
    created_at: '2024-01-01T00:00:00Z',
    ...ownership,
  };
}
