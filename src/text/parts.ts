/** Cuts a long text into parts, each for a context of its own: behind paragraphs, else behind sentences. */
import { inputsOf, ONE_PIECE } from './inputs.ts';
import { saidAgain, type TagsInForce, tagsInForce } from './tags-in-force.ts';
import { isSpeakable } from './transcript.ts';

/** A stretch of text that can be spoken by itself. */
export interface Part {
  /** As it stands in the text: joined, the parts are the text. */
  readonly text: string;
  /** The tags of the text before it that hold in it too, to be said before it; '' where there are none. */
  readonly again: string;
}

/** From so many characters on, a part ends with its paragraph: enough for good prosody, little enough to share out. */
const LEAST = 1000;
/** A part does not grow beyond this for the sake of its paragraph: it ends with a sentence. */
const MOST = 2000;
/** Text without a letter or digit that a part takes along, at its end or at the start of all. */
const SILENT = 64 * 1024;

/**
 * The parts of a text, each as soon as it is certain. They do not depend on how the text was cut on its way here. A
 * text of up to 2000 characters is one part. No part ends inside a tag, and each holds something to speak, as services
 * refuse one that does not (protocol §4.2): of text without, only floods are parts of their own.
 */
export async function* partsOf(text: AsyncIterable<string>, language: string | undefined): AsyncGenerator<Part> {
  let inForce: TagsInForce = [];
  for await (const part of textsOf(text, language)) {
    yield { text: part, again: saidAgain(inForce) };
    inForce = tagsInForce(part, inForce);
  }
}

async function* textsOf(text: AsyncIterable<string>, language: string | undefined): AsyncGenerator<string> {
  const gathered = createGathering();
  /** A part that is whole, unless only silent text follows: that belongs to it. */
  let whole = '';
  for await (const sentence of inputsOf(text, language, ONE_PIECE)) {
    if (typeof sentence !== 'string' || sentence === '') continue;
    const isSilent = !isSpeakable(sentence);
    if (isSilent && whole !== '' && gathered.length === 0) {
      whole += sentence;
      if (whole.length < SILENT) continue;
      yield whole;
      whole = '';
      continue;
    }
    if (whole !== '') yield whole;
    whole = '';
    while (!isSilent && gathered.isSpeakable && gathered.length + sentence.length > MOST) yield gathered.takeSome();
    gathered.add(sentence, !isSilent);
    const isDone = gathered.length >= LEAST && gathered.isSpeakable && endsParagraph(sentence);
    if (isDone || gathered.length > SILENT) whole = gathered.takeAll();
  }
  if (whole !== '') yield whole;
  if (gathered.length > 0) yield gathered.takeAll();
}

/** The sentences of the part that is being made. */
function createGathering() {
  let sentences: { readonly text: string; readonly isSpeakable: boolean }[] = [];
  let length = 0;

  function take(count: number): string {
    const taken = sentences.slice(0, count);
    sentences = sentences.slice(count);
    const text = taken.map(sentence => sentence.text).join('');
    length -= text.length;
    return text;
  }

  return {
    get length() {
      return length;
    },
    get isSpeakable() {
      return sentences.some(sentence => sentence.isSpeakable);
    },
    add(text: string, speakable: boolean) {
      sentences.push({ text, isSpeakable: speakable });
      length += text.length;
    },
    takeAll: () => take(sentences.length),
    /** As many sentences as make a part, the others being the beginning of the next; all where there is not enough. */
    takeSome(): string {
      let size = 0;
      let hasSpeech = false;
      for (const [index, sentence] of sentences.entries()) {
        size += sentence.text.length;
        hasSpeech ||= sentence.isSpeakable;
        if (size >= LEAST && hasSpeech) return take(index + 1);
      }
      return take(sentences.length);
    },
  };
}

/** Whether a blank line follows the sentence. */
function endsParagraph(sentence: string): boolean {
  return /\n[^\S\n]*\n|\u2029/.test(sentence.slice(sentence.trimEnd().length));
}
