/** The script of the audition page: reads the data, shows the clips and listens to the listener. */
import { createCardMaker, RATINGS } from './client-card.ts';
import { element } from './client-dom.ts';
import { createHeader } from './client-header.ts';
import { createCardList } from './client-list.ts';
import { arrange, shuffle, type View } from './client-order.ts';
import { createPlayer } from './client-player.ts';
import { createRatings } from './client-ratings.ts';
import { listenTo } from './client-touch.ts';
import { DATA_ELEMENT_ID, type PageData } from './page-data.ts';

const data: PageData = JSON.parse(document.getElementById(DATA_ELEMENT_ID)?.textContent ?? '');
const ratings = createRatings(data);
let view: View = { sort: 0, worstFirst: false, text: undefined, search: '', blind: undefined };
let shown: number[] = [];
let current: number | undefined;

const player = createPlayer({ changed: follow, ended: goOn, failed: complain });
const list = createCardList();
const createCard = createCardMaker(data);
const cards = data.clips.map((clip, index) => createCard(index, clip));
const header = createHeader(data, {
  change(change) {
    view = { ...view, ...change };
    refresh();
  },
  setBlind,
  exportRatings,
});
const main = element('main', { id: 'main' }, list.root);
document.body.append(header.root, main);
if (data.failures.length > 0) main.append(failures());

cards.forEach((card, index) => {
  card.showRating(ratings.of(index));
});
listenTo(list.root, data.clips, {
  toggle,
  seek: seekIn,
  seekWord(clip, word) {
    const start = cards[clip]?.startOf(word);
    if (start !== undefined) seekIn(clip, start);
  },
  rate: (clip, rating) => rate(clip, ratings.of(clip) === rating ? undefined : rating),
  focus(clip) {
    current = clip;
  },
});
document.addEventListener('keydown', hearKey);
header.showRatings(ratings.count);
refresh();

/** Puts the cards in the order that is asked for. */
function refresh(): void {
  shown = arrange(data, view);
  const places = new Map(view.blind?.map((clip, place) => [clip, place]));
  for (const clip of shown) {
    const place = places.get(clip);
    cards[clip]?.disguise(place === undefined ? undefined : `Sample ${place + 1}`);
    cards[clip]?.showSort(view.blind !== undefined || view.sort === 'name' ? undefined : view.sort);
  }
  list.show(shown.flatMap(clip => cards[clip] ?? []));
  header.showCount(shown.length);
}

function setBlind(on: boolean): void {
  player.pause();
  view = { ...view, blind: on ? shuffle(data.clips.length) : undefined };
  document.body.classList.toggle('blind', on);
  refresh();
  header.say(on ? 'Names and figures are hidden and the order is shuffled.' : 'Names are shown.');
}

function toggle(clip: number): void {
  current = clip;
  if (player.clip === clip && player.isPlaying) player.pause();
  else player.play(clip);
}

function seekIn(clip: number, position: number): void {
  current = clip;
  if (player.clip === clip) player.seek(position);
  else player.play(clip, position);
}

let followed: number | undefined;

/** Shows where the player is. */
function follow(): void {
  const { clip, isPlaying, position } = player;
  if (followed !== undefined && followed !== clip) {
    cards[followed]?.showPlaying(false);
    cards[followed]?.showPosition(undefined);
  }
  followed = clip;
  if (clip === undefined) return;
  cards[clip]?.build();
  cards[clip]?.showPlaying(isPlaying);
  cards[clip]?.showPosition(position);
}

function goOn(clip: number): void {
  const next = shown[shown.indexOf(clip) + 1];
  if (header.playsOn && next !== undefined) select(next, true);
}

function complain(clip: number): void {
  const isRead = document.readyState === 'complete';
  header.say(
    isRead ? `${nameOf(clip)} cannot be played here.` : 'The page is still being read; try again in a moment.',
  );
}

function nameOf(clip: number): string {
  return cards[clip]?.root.querySelector('h2')?.textContent ?? '';
}

function select(clip: number, play: boolean): void {
  current = clip;
  const card = cards[clip];
  card?.build();
  card?.play.focus({ preventScroll: true });
  card?.root.scrollIntoView({ block: 'nearest' });
  if (play) player.play(clip, 0);
}

function rate(clip: number, rating: number | undefined): void {
  ratings.set(clip, rating);
  cards[clip]?.showRating(rating);
  header.showRatings(ratings.count);
  header.say(rating === undefined ? `${nameOf(clip)} is not rated.` : `${nameOf(clip)} is rated ${rating} of 5.`);
}

function exportRatings(): void {
  const text = `${JSON.stringify(ratings.document(view.blind !== undefined), null, 2)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  element('a', { href: address, download: 'ratings.json' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Space, arrows, and 1 to 5; whatever has the focus keeps the keys that it needs itself. */
function hearKey(event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !header.takesKeys) return;
  if (target instanceof Element && target.closest('input, select, textarea, summary')) return;
  const clip = current ?? shown[0];
  if (clip === undefined) return;
  const place = shown.indexOf(clip);
  const rating = RATINGS.find(value => String(value) === key);
  if (key === ' ') {
    // A button in focus is pressed by it.
    if (target instanceof Element && target.closest('button')) return;
    toggle(clip);
  } else if (key === 'ArrowLeft' || key === 'ArrowRight') {
    seekIn(clip, (player.clip === clip ? player.position : 0) + (key === 'ArrowLeft' ? -1 : 1));
  } else if (key === 'ArrowUp' || key === 'ArrowDown') {
    const next = current === undefined ? clip : shown[place + (key === 'ArrowUp' ? -1 : 1)];
    if (next !== undefined) select(next, player.isPlaying);
  } else if (rating !== undefined) rate(clip, rating);
  else if (key === '0') rate(clip, undefined);
  else return;
  event.preventDefault();
}

function failures(): HTMLElement {
  const rows = data.failures.map(({ name, voice, message }) =>
    element('li', {}, element('b', {}, name), ` (${voice}): ${message}`),
  );
  return element('section', { class: 'failures' }, element('h2', {}, 'Not recorded'), element('ul', {}, ...rows));
}
