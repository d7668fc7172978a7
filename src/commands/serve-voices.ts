/** Whose voice speaks for an id that belongs to a service: known ids keep to one, others depend on nothing but themselves. */
import { anyVoice, builtInVoices, findVoice, voiceForLanguage } from '../engine/voices.ts';
import type { Voices } from '../server/options.ts';

/**
 * Ids that stand as defaults and examples in documents and SDKs (protocol §8.4), with the speaker that
 * stands in for each. The first is what `aloud` asks Cartesia for, and sounds like `--provider local`.
 */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ['a0e99841-438c-4a64-b679-ae501e7d6091', ''],
  ['f786b574-daa5-4673-aa0c-cbe3e8534c02', '+f2'],
  ['a5136bf9-224c-4d76-b823-52bd5efcffcc', '+m2'],
  ['6ccbfb76-1fc6-48f7-b71d-91ac6298247b', '+f4'],
  ['e07c00bc-4134-4eae-9ea4-1a55fb45746b', '+m7'],
]);

/** The voices of the built-in engine, as a server of Cartesia's protocol has them. */
export const serveVoices: Voices = {
  resolve(id, language) {
    const speaker = STAND_INS.get(id.toLowerCase());
    if (speaker === undefined) return findVoice(id)?.id;
    return voiceForLanguage(language).id + speaker;
  },
  substitute: (id, language) => anyVoice(id, language).id,
  list: builtInVoices,
};
