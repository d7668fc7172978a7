/** Whom and what a test of voices is about: voices, texts and requests out of flags and settings. */
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Settings } from '../settings/resolve.ts';
import type { Granularity, SpeechRequest, Voice } from '../speech.ts';
import { type Reach, requestFor } from './reach.ts';
import { checkTextChoice } from './text-choice.ts';
import { openText } from './text-source.ts';
import { searchVoices } from './voice-search.ts';
import type { VoicesTestOptions } from './voices-test-options.ts';
import { planTakes, type TestPlan } from './voices-test-plan.ts';

/** More text than this is no list of texts to compare voices by. */
const MOST_CHARACTERS = 10_000_000;

/**
 * The takes of a test.
 *
 * @throws Failure of kind usage for voices or texts that there are not, and for what the provider cannot give.
 */
export async function planTest(
  options: VoicesTestOptions,
  settings: Settings,
  reached: Reach,
  host: Host,
  signal: AbortSignal,
): Promise<TestPlan> {
  const { values, origins } = settings;
  const texts = await readTexts(options, host, signal);
  const voices = await chooseVoices(options, settings, reached, signal);
  const models = options.models.length > 0 ? options.models : [values.model ?? reached.provider.defaultModel];
  const ask = (voice: Voice, model: string, timestamps: readonly Granularity[]) =>
    requestFor(voice, reached, { values: { ...values, model }, origins }, { timestamps, maxBufferDelayMs: 0 });
  const [first] = voices;
  const timestamps = first === undefined ? [] : timesOf(settings, wanted => ask(first, models[0] ?? '', wanted));
  const request = (voice: Voice, model: string) => ask(voice, model, timestamps);
  return planTakes({
    voices,
    models,
    texts,
    repeat: options.repeat,
    language: values.language,
    requestFor: request,
  });
}

/** The times that the provider can give: of words, of phonemes where they were asked for, or none at all. */
function timesOf({ values, origins }: Settings, ask: (wanted: readonly Granularity[]) => SpeechRequest): Granularity[] {
  const wanted: Granularity[] = values.phonemes ? ['word', 'phoneme'] : ['word'];
  try {
    ask(wanted);
    return wanted;
  } catch (error) {
    ask([]);
    // Without times it would do: whoever asked for them by name is told why there are none.
    if (origins.phonemes.layer === 'flag' || origins.normalizedTimestamps.layer === 'flag') throw error;
    return [];
  }
}

async function chooseVoices(
  options: VoicesTestOptions,
  { values, origins }: Settings,
  reached: Reach,
  signal: AbortSignal,
): Promise<readonly Voice[]> {
  const { provider } = reached;
  if (options.all || options.filter !== undefined) {
    const all = await reached.voices.all(signal);
    if (all === undefined) {
      throw new Failure('usage', `no list of voices is known for ${provider.name}`, { hint: 'name the voices by id' });
    }
    const language = origins.language.layer === 'flag' ? values.language : undefined;
    const found = searchVoices(all, {
      ...(options.filter === undefined ? {} : { search: options.filter }),
      ...(language === undefined ? {} : { language }),
    });
    if (found.length > 0) return found;
    const what = [options.filter && `fits ${JSON.stringify(options.filter)}`, language && `speaks ${language}`];
    throw new Failure('usage', `no voice of ${provider.name} ${printable(what.filter(Boolean).join(' and '), 200)}`, {
      hint: 'list them all with: aloud voices',
    });
  }
  const byFlag = origins.voice.layer === 'flag' && values.voice !== undefined ? [values.voice] : [];
  const named = [...options.voices, ...byFlag];
  if (named.length === 0 && values.voice === undefined) return [provider.defaultVoice(values.language)];
  const found: Voice[] = [];
  for (const wanted of named.length > 0 ? named : [values.voice ?? '']) {
    found.push(await reached.voices.find(wanted, signal, options.dryRun));
  }
  return [...new Map(found.map(voice => [voice.id, voice])).values()];
}

async function readTexts(options: VoicesTestOptions, host: Host, signal: AbortSignal): Promise<readonly string[]> {
  const { texts, file } = options;
  for (const text of texts) checkTextChoice({ words: [text] }, host);
  if (file === undefined) return texts;
  let whole = '';
  for await (const piece of (await openText({ words: [], file }, host, signal)).text) {
    whole += piece;
    if (whole.length > MOST_CHARACTERS) throw new Failure('usage', `${nameOf(file)} is too long for a list of texts`);
  }
  const lines = whole.split('\n').map((text, at) => ({ text: text.trim(), number: at + 1 }));
  return lines.flatMap(({ text, number }) => {
    if (text === '') return [];
    try {
      checkTextChoice({ words: [text] }, host);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure('usage', `line ${number} of ${nameOf(file)}: ${error.message}`, { cause: error });
    }
    return [text];
  });
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : printable(file, 200);
}
