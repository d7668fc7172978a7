/** What the tags of a text ask of the text behind them: to be said again where that goes on in another context. */
import { readTag } from './tags.ts';

/** Tags as they were written, at most one of a kind, each in force until the next of its kind (protocol §2.5). */
export type TagsInForce = readonly string[];

/** What is in force behind `text`, of which `before` was at its start; in the order in which it was asked for. */
export function tagsInForce(text: string, before: TagsInForce = []): TagsInForce {
  let inForce = before;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const tag = readTag(text, at);
    if (tag === undefined || !LASTING.has(tag.kind)) continue;
    const others = inForce.filter(other => readTag(other, 0)?.kind !== tag.kind);
    inForce = [...others, text.slice(at, tag.end)];
  }
  return inForce;
}

/** The tags as they go before the text that is gone on with: apart from its words, so that none of them looks changed. */
export function saidAgain(tags: TagsInForce): string {
  return tags.map(tag => `${tag} `).join('');
}

/** How much of the beginning of `text` is tags that hold for all of the rest, and white space. */
export function lengthOfLeadingTags(text: string): number {
  let end = 0;
  for (let at = 0; ; ) {
    while (/\s/.test(text[at] ?? '')) at++;
    const tag = text[at] === '<' ? readTag(text, at) : undefined;
    if (tag === undefined || !LASTING.has(tag.kind)) return end;
    at = tag.end;
    end = at;
  }
}

const LASTING: ReadonlySet<string> = new Set(['speed', 'volume', 'emotion']);
