/** Texts to be read aloud, always the same: words that people use, in sentences and paragraphs. */
const WORDS =
  'the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think say great where help through much before line right too mean old any same tell boy follow came want show also around form three small set put end does another well large must big even such because turn here why ask went men read need land different home us move try kind hand picture again change off play spell air away animal house point page letter mother answer found study still learn should America world'.split(
    ' ',
  );

/** At least `characters` of a book: sentences of 5 to 20 words, paragraphs of three to eight sentences. */
export function bookOf(characters: number): string {
  const random = createRandom(7);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const some = (count: number, make: () => string) => Array.from({ length: count }, make);
  const sentence = () => {
    const words = some(between(5, 20), () => WORDS[between(0, WORDS.length - 1)] ?? '').join(' ');
    return `${words[0]?.toUpperCase()}${words.slice(1)}.`;
  };
  const paragraphs: string[] = [];
  for (let length = 0; length < characters; ) {
    const paragraph = some(between(3, 8), sentence).join(' ');
    paragraphs.push(paragraph);
    length += paragraph.length + 2;
  }
  return paragraphs.join('\n\n');
}

/** Lines of six to twelve words, each other than the others. */
export function linesOf(count: number): string[] {
  return bookOf(count * 100)
    .split(/(?<=\.)\s+/)
    .slice(0, count)
    .map((line, i) => `Line ${i + 1}. ${line}`);
}

/** Numbers from 0 up to but not 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
