/** What a full stop after a word means: the end of a sentence, or only the end of an abbreviation. */

/**
 * `title` never ends a sentence; `count` does not before a number; `may` ends one where the
 * next word is capital; `initial` and `acronym` do not before a capital; `letter` and `digits`
 * are single letters and numbers; `word` is anything else.
 */
export type StopKind = 'title' | 'count' | 'may' | 'initial' | 'acronym' | 'letter' | 'digits' | 'word';

/** Classifies what stands before a single full stop (letters, digits and inner stops, without the stop itself). */
export function stopKind(token: string, language: string | undefined): StopKind {
  if (/\p{N}$/u.test(token)) return /^\p{N}+$/u.test(token) ? 'digits' : 'word';
  const primary = primaryOf(language);
  const folded = token.toLowerCase();
  const own = TABLE[primary] ?? ENGLISH;
  for (const table of [own, COMMON]) {
    if (table.title.has(folded)) return 'title';
    if (table.count.has(folded)) return 'count';
    if (table.may.has(folded)) return 'may';
  }
  if (/^(?:\p{Lu}\.)+\p{Lu}$/u.test(token)) return 'acronym';
  if (/^\p{Lu}\p{M}*$/u.test(token)) return token === 'I' && primary === 'en' ? 'letter' : 'initial';
  if (/^\p{Ll}\p{M}*$/u.test(token) || /^(?:\p{L}\.)+\p{L}$/u.test(token)) return 'letter';
  return 'word';
}

/** Whether the language writes ordinal numbers with a full stop ("am 3. Mai"). */
export function hasDottedOrdinals(language: string | undefined): boolean {
  return ORDINALS.has(primaryOf(language));
}

interface Abbreviations {
  readonly title: ReadonlySet<string>;
  readonly count: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
}

const ORDINALS = new Set('de da nb nn no fi is cs sk sl hr sr bs hu et lv pl tr'.split(' '));

// Not words in any of the languages below, so they hold for all.
const COMMON = table(
  'dr mr mrs ms mx prof messrs mme mmes mlle mlles mgr sra srta dra dras dña dott dott.ssa sig.ra drs ds e.g i.e z.b d.h u.a i.d.r s.o s.u o.g d.w.z p.ej p.ex vs viz bzw bijv resp mt ste rev sgt capt cpt lt cmdr',
  'nr num núm nº fig tel pp vol',
  'etc usw u.s.w al cf ca approx inc ltd corp bros jr a.m p.m a.d b.c ph.d evtl ggf inkl bspw ecc enz',
);

const ENGLISH = table(
  'st gen col maj adm gov sen rep hon pres',
  'no p ch sec eq ver',
  'co dept est min max jan feb aug sept oct nov dec sr',
);

const TABLE: Readonly<Record<string, Abbreviations>> = {
  en: ENGLISH,
  de: table(
    'hr fr st hl ing dipl-ing frl geb verh allg sog i.a i.v i.allg s.a u.u v.a z.t',
    's art abs bd kap aufl seite tab',
    'str mio mrd min max st.g jh std abt verl hrsg jan feb apr aug sept okt nov dez',
  ),
  fr: table('m mm me pr st p.-s av bd c.-à-d', 'p art chap no éd', 'env min max janv févr avr juil sept oct nov déc'),
  es: table(
    'sr sres ud uds vd vds d lic ing gral cap av avda',
    'pág págs art cap p',
    'ee.uu aprox máx mín izq dcha s.a dpto',
  ),
  it: table('sig sigg egr spett avv ing arch on rag geom', 'pag pagg art cap p', 'ecc s.p.a s.r.l es circa'),
  pt: table('sr sres exmo exma eng av d', 'pág págs art cap p', 's.a ltda aprox máx mín'),
  nl: table('dhr mevr mw mej ir ing st', 'blz p art hfst', 'enz max min jl o.a i.p.v t.o.v m.b.t'),
};

function table(title: string, count: string, may: string): Abbreviations {
  return { title: new Set(title.split(' ')), count: new Set(count.split(' ')), may: new Set(may.split(' ')) };
}

function primaryOf(language: string | undefined): string {
  return (language ?? 'en').toLowerCase().split(/[-_]/, 1)[0] ?? 'en';
}
