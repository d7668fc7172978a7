/** The head of the audition page: what it is about, and the controls for all of it. */
import { button, element } from './client-dom.ts';
import type { View } from './client-order.ts';
import type { PageData } from './page-data.ts';

export interface Header {
  readonly root: HTMLElement;
  /** Whether the next clip follows when one has ended. */
  readonly playsOn: boolean;
  /** Whether keys without Ctrl do something. */
  readonly takesKeys: boolean;
  /** For those who listen to the page instead of looking at it. */
  say(text: string): void;
  showCount(shown: number): void;
  showRatings(count: number): void;
}

export interface HeaderEvents {
  readonly change: (change: Partial<View>) => void;
  readonly setBlind: (on: boolean) => void;
  readonly exportRatings: () => void;
}

export function createHeader(data: PageData, events: HeaderEvents): Header {
  const live = element('p', { class: 'live', role: 'status', 'aria-live': 'polite' });
  const count = element('p', { class: 'count' });
  const sort = select('Sort by', [
    ...data.figures.map(({ label }, at) => [String(at), label] as const),
    ['name', 'Name'],
  ]);
  const order = button('Best first', { class: 'order', 'aria-pressed': 'true' }, () => {
    const best = order.getAttribute('aria-pressed') !== 'true';
    order.setAttribute('aria-pressed', String(best));
    order.textContent = best ? 'Best first' : 'Worst first';
    events.change({ worstFirst: !best });
  });
  const text = select('Text', [
    ['', 'All texts'],
    ...data.texts.map((each, at) => [String(at), shorten(each)] as const),
  ]);
  const search = element('input', { type: 'search', placeholder: 'Name, language …', autocomplete: 'off' });
  const playsOn = element('input', { type: 'checkbox' });
  const keys = element('input', { type: 'checkbox', checked: true });
  const save = button('Export ratings', {}, events.exportRatings);
  const blind = button('Blind listening', { class: 'blinder', 'aria-pressed': 'false' }, () => {
    const on = blind.getAttribute('aria-pressed') !== 'true';
    blind.setAttribute('aria-pressed', String(on));
    for (const control of [sort.control, order, search]) control.disabled = on;
    events.setBlind(on);
  });

  sort.control.addEventListener('change', () => {
    const { value } = sort.control;
    events.change({ sort: value === 'name' ? 'name' : Number(value) });
  });
  text.control.addEventListener('change', () => {
    const { value } = text.control;
    events.change({ text: value === '' ? undefined : Number(value) });
  });
  search.addEventListener('input', () => events.change({ search: search.value }));

  const controls = element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'Controls' },
    field('Find', search),
    ...(data.texts.length > 1 ? [text.field] : []),
    element('div', { class: 'pair' }, sort.field, order),
    element('div', { class: 'pair' }, blind, save),
    check('Play on', playsOn),
  );
  const root = element(
    'header',
    {},
    element('div', { class: 'about' }, element('h1', {}, 'Audition'), element('p', {}, about(data))),
    controls,
    element('div', { class: 'line' }, count, help(keys)),
    live,
  );
  return {
    root,
    get playsOn() {
      return playsOn.checked;
    },
    get takesKeys() {
      return keys.checked;
    },
    say(said) {
      live.textContent = said;
    },
    showCount(shown) {
      const all = data.clips.length;
      count.textContent = `${shown === all ? '' : `${shown} of `}${all} ${all === 1 ? 'recording' : 'recordings'}`;
    },
    showRatings(rated) {
      save.textContent = rated === 0 ? 'Export ratings' : `Export ratings (${rated})`;
      save.disabled = rated === 0;
    },
  };
}

function about({ clips, texts, provider, format, startedAt }: PageData): string {
  const voices = new Set(clips.map(({ voice }) => voice)).size;
  const models = [...new Set(clips.map(({ model }) => model))];
  const said = texts.length === 1 ? `“${shorten(texts[0] ?? '')}”` : `${texts.length} texts`;
  const of = models.length === 1 ? (models[0] ?? '') : `${models.length} models`;
  const day = startedAt.slice(0, 10);
  return [`${voices} ${voices === 1 ? 'voice' : 'voices'}`, said, `${provider}, ${of}`, format, day].join(' · ');
}

function help(keys: HTMLInputElement): HTMLElement {
  const rows: readonly (readonly [string, string])[] = [
    ['Space', 'play, pause'],
    ['← →', 'a second back or on'],
    ['↑ ↓', 'previous, next recording'],
    ['1 – 5', 'rate; 0 takes it back'],
  ];
  return element(
    'details',
    {},
    element('summary', {}, 'Keys'),
    element(
      'div',
      { class: 'keys' },
      ...rows.map(([key, what]) => element('p', {}, element('kbd', {}, key), ` ${what}`)),
      check('Use these keys', keys),
    ),
  );
}

function select(label: string, options: readonly (readonly [value: string, text: string])[]) {
  const control = element('select', {}, ...options.map(([value, text]) => element('option', { value }, text)));
  return { control, field: field(label, control) };
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element('label', { class: 'field' }, element('span', {}, label), control);
}

function check(label: string, control: HTMLElement): HTMLElement {
  return element('label', { class: 'check' }, control, element('span', {}, label));
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : text;
}
