/** Reads the import lines and holds them against the plan of the house. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');

interface Rule {
  readonly rooms: readonly string[];
  readonly packages?: readonly string[];
}

const VOCABULARY = ['speech', 'errors'];

/** What each room may import beside itself, and the packages that belong to it and to nobody else. */
const RULES: Readonly<Record<string, Rule>> = {
  speech: { rooms: [] },
  errors: { rooms: [] },
  temporaries: { rooms: [] },
  audio: { rooms: VOCABULARY },
  slabs: { rooms: [] },
  lean: { rooms: [] },
  flow: { rooms: [] },
  speak: { rooms: [...VOCABULARY, 'audio', 'slabs', 'lean', 'flow'] },
  text: { rooms: VOCABULARY, packages: ['streaming-markdown'] },
  protocol: { rooms: [...VOCABULARY, 'audio', 'slabs'] },
  wire: {
    rooms: [...VOCABULARY, 'flow', 'temporaries', 'protocol', 'audio', 'text', 'lean'],
    packages: ['ws', 'https-proxy-agent'],
  },
  server: { rooms: [...VOCABULARY, 'temporaries', 'protocol', 'audio', 'text'], packages: ['ws', 'selfsigned'] },
  engine: { rooms: [...VOCABULARY, 'audio', 'text', 'lean'], packages: ['@echogarden/espeak-ng-emscripten'] },
  'engine/espeak-worker': { rooms: [...VOCABULARY, 'engine', 'start'] },
  sinks: { rooms: [...VOCABULARY, 'temporaries', 'audio', 'text'], packages: ['speaker'] },
  providers: { rooms: [...VOCABULARY, 'protocol', 'wire'] },
  'providers/local': { rooms: [...VOCABULARY, 'engine'] },
  'providers/local-line': { rooms: [...VOCABULARY, 'protocol', 'wire', 'server', 'engine'] },
  host: { rooms: ['speech', 'errors'], packages: ['chalk', 'ora'] },
  settings: {
    rooms: [...VOCABULARY, 'temporaries', 'audio', 'providers', 'protocol'],
    packages: ['cosmiconfig', 'yaml'],
  },
  report: { rooms: [...VOCABULARY, 'audio', 'text'] },
  fixtures: { rooms: [...VOCABULARY, 'temporaries', 'audio', 'text'], packages: ['csv-parse', 'yaml', 'wavefile'] },
  commands: {
    rooms: [
      ...VOCABULARY,
      'temporaries',
      'audio',
      'speak',
      'text',
      'protocol',
      'wire',
      'engine',
      'server',
      'sinks',
      'report',
      'fixtures',
      'providers',
      'settings',
      'host',
    ],
    packages: ['commander'],
  },
  start: { rooms: ['host', 'settings', 'lean'] },
  cli: { rooms: ['commands', 'providers', 'host', 'errors', 'temporaries'], packages: ['commander'] },
};

/** Rooms that anybody may name in a type, because the contract lives there. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  sinks: ['host'],
  settings: ['host'],
  engine: ['start'],
  providers: ['settings'],
};

/** The files that may touch the process they run in, beside bin/: the host, and what runs as a process of its own. */
const OWN_PROCESS = ['host.ts', 'engine/espeak-worker.ts', 'sinks/speaker-process.ts'];

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'));

function read(file: string): string {
  return readFileSync(join(source, file), 'utf8');
}

function importsOf(file: string): Import[] {
  const text = read(file);
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms)];
  const dynamic = [...text.matchAll(/(?:^import|\bimport\()\s*'([^']+)'/gm)];
  return [
    ...statements.map(([, type, from]) => ({ from: from ?? '', typeOnly: type !== undefined })),
    ...dynamic.map(([, from]) => ({ from: from ?? '', typeOnly: false })),
  ];
}

function roomOf(file: string): string {
  const path = file.replace(/\.ts$/, '');
  if (path in RULES) return path;
  const [first = ''] = path.split('/');
  return first in RULES ? first : first.replace(/-.*$/, '');
}

describe('the house', () => {
  for (const file of files) {
    it(`${file} imports only what its room may`, () => {
      const room = roomOf(file);
      const rule = RULES[room];
      assert.ok(rule, `${file} is in no room; add the room to the plan in one deliberate step`);
      for (const { from, typeOnly } of importsOf(file)) {
        if (from.startsWith('node:')) continue;
        if (!from.startsWith('.')) {
          const name = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0];
          assert.ok(typeOnly || rule.packages?.includes(name ?? ''), `${file} may not import the package ${name}`);
          continue;
        }
        const target = roomOf(relative(source, join(source, dirname(file), from)).replaceAll('\\', '/'));
        const same = target === room || target.split('/')[0] === room.split('/')[0];
        const types = typeOnly && TYPES_ONLY[room]?.includes(target);
        assert.ok(same || types || rule.rooms.includes(target), `${file} (${room}) may not import ${from} (${target})`);
      }
    });
  }

  it('every package in the plan is named by the room that owns it', () => {
    const rooms = files.map(file => [roomOf(file), code(read(file))] as const);
    const isNamed = (room: string, name: string) =>
      rooms.some(([other, text]) => other === room && (text.includes(`'${name}'`) || text.includes(`'${name}/`)));
    const unused = Object.entries(RULES).flatMap(([room, { packages = [] }]) =>
      packages.filter(name => !isNamed(room, name)),
    );
    assert.deepEqual(unused, []);
  });

  it('nobody but host, bin and the processes of their own touches `process`', () => {
    const offenders = files.filter(
      file => !OWN_PROCESS.includes(file) && /(?<![\w.'`-])process\.\w/.test(code(read(file))),
    );
    assert.deepEqual(offenders, []);
  });

  it('every file opens with a sentence that says what it is for', () => {
    const offenders = files.filter(file => !/^\/\*\* [^\n]+[.:]?/.test(read(file)));
    assert.deepEqual(offenders, []);
  });

  it('no default exports, no enums, no `any`', () => {
    const offenders = files.filter(file =>
      /^export default|^(export )?(const )?enum |:\s*any\b(?!\()|\bas any\b/m.test(code(read(file))),
    );
    assert.deepEqual(offenders, []);
  });

  it('folders are one level deep', () => {
    assert.deepEqual(
      files.filter(file => file.split('/').length > 2),
      [],
    );
  });
});

/** The text of a file without its comments. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
