/** Makes the manual, a page for each command, out of the tree of commands; in the language of mdoc(7). */
import { type CommandNode, everyCommand, type Flag } from '../scripts/command-tree.ts';
import { SETTING_NAMES, SETTINGS, type Setting } from '../src/settings/index.ts';

/** What the pages say beside the tree. */
export interface ManualFacts {
  /** Of the release: `2026-01-31`. */
  readonly date: string;
}

/** The pages by the names of their files. */
export function manualPages(root: CommandNode, facts: ManualFacts): Readonly<Record<string, string>> {
  const commands = root.commands.filter(({ path }) => path[0] !== 'help');
  const pages = commands.map(node => [`${pageName(node)}.1`, commandPage(node, facts)]);
  return Object.fromEntries([['aloud.1', mainPage(root, commands, facts)], ...pages]);
}

function pageName({ path }: CommandNode): string {
  return ['aloud', ...path].join('-');
}

function mainPage(root: CommandNode, commands: readonly CommandNode[], facts: ManualFacts): string {
  return page(
    'aloud',
    root.about.replace(/\.$/, '').replace(/^./, letter => letter.toLowerCase()),
    facts,
    [
      section('SYNOPSIS', [
        '.Nm',
        '.Ar command',
        '.Op Ar options',
        '.Nm',
        '.Fl Fl',
        '.Ar text ...',
        '.Nm',
        '.Fl V',
        '.Op Fl Fl json',
      ]),
      section('DESCRIPTION', [
        sentence('Text goes in; sound, subtitles and the times of words and phonemes come out, in one pass.'),
        sentence('Without a key a built-in voice speaks, offline; with one, a service does.'),
        '.Pp',
        '.Nm',
        '.Fl Fl',
        '.Ar text',
        sentence('is short for'),
        '.Nm',
        'say',
        '.Fl Fl',
        '.Ar text .',
        '.Pp',
        sentence('The commands are:'),
        ...tagged(commands.map(node => [`.Xr ${pageName(node)} 1`, [sentence(`${capital(node.about)}.`)]])),
        '.Pp',
        sentence('Every command shows its help, examples first, with'),
        '.Fl Fl help .',
      ]),
      section('ENVIRONMENT', [
        sentence('A flag is stronger than its variable, and a variable than a file.'),
        ...tagged([...SETTING_NAMES.map(variable), PROFILE, ...ELSEWHERE]),
      ]),
      section('FILES', [
        ...tagged([
          [
            '.Pa ~/.config/aloud/config.yaml',
            [sentence('Your own settings.'), '.Nm', 'config path prints where it is.'],
          ],
          [
            '.Pa aloud.config.yaml',
            [
              sentence(
                'Settings of a project, looked for in the working folder and above it; also as .aloudrc, in JSON, or under aloud in package.json.',
              ),
              sentence('It may not set a key, an address or a player.'),
            ],
          ],
        ]),
      ]),
      EXIT_STATUS,
      section('EXAMPLES', examples(root.examples)),
      section('SEE ALSO', seeAlso(commands.map(pageName))),
    ],
  );
}

function commandPage(node: CommandNode, facts: ManualFacts): string {
  const below = everyCommand(node).slice(1);
  return page(pageName(node), node.about, facts, [
    section('SYNOPSIS', [node, ...below].flatMap(synopsis)),
    section('DESCRIPTION', [
      sentence(`${capital(node.about)}.`),
      ...operands(node),
      ...flags(node.flags),
      ...below.flatMap(child => [
        `.Ss ${child.path.slice(1).join(' ')}`,
        sentence(`${capital(child.about)}.`),
        ...operands(child),
        ...flags(child.flags.filter(flag => !node.flags.some(known => known.long === flag.long))),
      ]),
      ...(node.ending === '' ? [] : ['.Ss Notes', '.Bd -literal', ...node.ending.split('\n').map(text), '.Ed']),
    ]),
    EXIT_STATUS,
    section('EXAMPLES', examples([node, ...below].flatMap(({ examples: lines }) => lines))),
    section('SEE ALSO', seeAlso(['aloud'])),
  ]);
}

function page(name: string, about: string, { date }: ManualFacts, sections: readonly string[]): string {
  const [year, month = 1, day] = date.split('-').map(Number);
  const [main, ...rest] = name.split('-');
  return `.\\" Generated: change the help of the program instead.
.Dd ${MONTHS[month - 1]} ${day}, ${year}
.Dt ${[main, ...rest].join('-').toUpperCase()} 1
.Os
.Sh NAME
.Nm ${name}
.Nd ${text(about)}
${sections.join('')}`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

function section(title: string, lines: readonly string[]): string {
  return `.Sh ${title}\n${lines.map(line => `${line}\n`).join('')}`;
}

function synopsis({ path, operands: places }: CommandNode): string[] {
  return [
    '.Nm aloud',
    path.join(' '),
    '.Op Ar options',
    ...places.map(({ name, required, repeatable }) => {
      return `.${required ? '' : 'Op '}Ar ${name}${repeatable ? ' ...' : ''}`;
    }),
  ];
}

function operands({ operands: places }: CommandNode): string[] {
  const described = places.filter(({ about }) => about !== '');
  return described.length === 0
    ? []
    : tagged(described.map(({ name, about }) => [`.Ar ${name}`, [sentence(`${capital(about)}.`)]]));
}

/** Under the headings of help. */
function flags(all: readonly Flag[]): string[] {
  const groups = [...new Set(all.map(({ group }) => group))];
  return groups.flatMap(group => [
    '.Pp',
    `.Sy ${text(group)} :`,
    ...tagged(all.filter(flag => flag.group === group).map(flagEntry)),
  ]);
}

function flagEntry({ short, long, takes, placeholder, about }: Flag): Tagged {
  const names = [...(short === undefined ? [] : [`Fl ${short.slice(1)} ,`]), `Fl Fl ${long.slice(2)}`].join(' ');
  const value = { nothing: '', value: ` Ar ${placeholder}`, perhaps: ` Op Ar ${placeholder}` }[takes];
  return [`.${names}${value}`, [sentence(`${capital(about)}.`)]];
}

type Tagged = readonly [tag: string, lines: readonly string[]];

function tagged(entries: readonly Tagged[]): string[] {
  return ['.Bl -tag -width Ds', ...entries.flatMap(([tag, lines]) => [`.It ${tag.slice(1)}`, ...lines]), '.El'];
}

function variable(name: (typeof SETTING_NAMES)[number]): Tagged {
  const { env, about, flag }: Setting<unknown> = SETTINGS[name];
  const as = flag === undefined ? '' : `; the same as ${/--[a-z-]+/.exec(flag)?.[0]}`;
  return [`.Ev ${env}`, [sentence(`${capital(about)}${as}.`)]];
}

const PROFILE: Tagged = ['.Ev ALOUD_PROFILE', [sentence('A named set of settings; the same as --profile.')]];

const ELSEWHERE: readonly Tagged[] = [
  ['.Ev HTTPS_PROXY , ALL_PROXY , NO_PROXY', [sentence('The way to the services, for their WebSockets too.')]],
  ['.Ev NODE_EXTRA_CA_CERTS', [sentence('Certificates to trust beside those that Node brings.')]],
  ['.Ev FORCE_COLOR', [sentence('Colour where there is no terminal.')]],
];

const EXIT_STATUS = section('EXIT STATUS', [
  ...tagged(
    [
      ['0', 'everything asked for was delivered, and the service said it was complete'],
      ['1', 'a bug of aloud'],
      ['2', 'usage: flags, text, an ambiguous voice, a combination that cannot be'],
      ['3', 'settings or credentials'],
      ['4', 'the network or the service failed or refused'],
      ['5', 'rate limit or quota'],
      ['6', 'output: cannot open, write or play'],
      ['7', 'incomplete audio: it stopped before the service said it was done'],
      ['8', 'a check failed'],
      ['129, 130, 143', 'SIGHUP, SIGINT, SIGTERM'],
    ].map(([code = '', meaning = '']): Tagged => [`.${text(code)}`, [sentence(`${capital(meaning)}.`)]]),
  ),
]);

function examples(lines: readonly string[]): string[] {
  return ['.Bd -literal -offset indent', ...lines.map(line => text(line)), '.Ed'];
}

function seeAlso(names: readonly string[]): string[] {
  return [...names].sort().map((name, at) => `.Xr ${name} 1${at < names.length - 1 ? ' ,' : ''}`);
}

function capital(words: string): string {
  return words.replace(/^[a-z]/, letter => letter.toUpperCase());
}

/** Prose: every sentence begins a line of its own, and none is longer than 80 bytes. */
function sentence(words: string): string {
  return words
    .replace(/\.\.$/, '.')
    .split(/(?<=[.!?]) +(?=[A-Z])/)
    .map(part => wrapped(part.split(' ').map(text)))
    .join('\n');
}

function wrapped(words: readonly string[]): string {
  let line = 0;
  return words
    .map((word, at) => {
      const fits = at > 0 && line + 1 + word.length <= 78;
      line = fits ? line + 1 + word.length : word.length;
      return `${at === 0 ? '' : fits ? ' ' : '\n'}${word}`;
    })
    .join('');
}

/** Text that mdoc takes as it is. */
function text(words: string): string {
  const plain = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('"', '\\(dq')
    .replaceAll('…', '...');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
