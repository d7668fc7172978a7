/** The receive path at full speed: ten hours of audio as fast as the service can send them. */
import { rm, stat } from 'node:fs/promises';
import { CHUNK_SAMPLES } from '../service/behaviour.ts';
import type { Benchmark, Contender, Row, Sample } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';
import type { Workshop } from '../support/workshop.ts';

const LINES = ['plain', 'TLS'] as const;
const FORMATS = ['raw', 'WAV'] as const;
const BOUNDS = { cpuMs: { name: 'CPU', atMost: 1.8 }, wallMs: { name: 'wall', atMost: 1.5 } } as const;

export const hotPath: Benchmark = {
  name: 'hot-path',
  what: 'Ten hours of s16 at 24 kHz into a file in memory, in one context, against bare ws that only counts the bytes; beside it the least that decodes and writes them.',
  rounds: { full: 5, quick: 3 },
  rows: LINES.flatMap(line => [
    ...FORMATS.flatMap(format =>
      (['cpuMs', 'wallMs'] as const).map((measure): Row => {
        const { name, atMost } = BOUNDS[measure];
        const against = { contender: `floor, ${line}`, by: 'ratio' } as const;
        const contender = `aloud ${format}, ${line}`;
        return { what: `${contender}: ${name} / floor`, contender, measure, against, unit: '×', bound: { atMost } };
      }),
    ),
    byHand(line),
  ]),
  async prepare(workshop) {
    const service = await workshop.service();
    const seconds = (workshop.isQuick ? 1 : 10) * 3600;
    await service.behave({ seconds });
    const floor = await workshop.bundled('floors/count');
    const hand = await workshop.bundled('floors/by-hand');
    const { env } = workshop;
    const contenders = LINES.flatMap((line): Contender[] => {
      const url = line === 'TLS' ? service.tls : service.plain;
      return [
        { name: `floor, ${line}`, run: () => runNode({ args: [floor, url], env }) },
        {
          name: `by hand, ${line}`,
          run: () => toFile(workshop, 'hand.raw', seconds, [hand, url, workshop.file('hand.raw')]),
        },
        ...FORMATS.map(format => ({
          name: `aloud ${format}, ${line}`,
          run: () => sayToFile(workshop, url, `out.${format.toLowerCase()}`, { seconds }),
        })),
      ];
    });
    return { contenders, async [Symbol.asyncDispose]() {} };
  },
};

/** How near to the floor one can get at all. */
function byHand(line: string): Row {
  const against = { contender: `floor, ${line}`, by: 'ratio' } as const;
  const contender = `by hand, ${line}`;
  return { what: `${contender}: CPU / floor`, contender, measure: 'cpuMs', against, unit: '×' };
}

export interface Wanted {
  readonly seconds: number;
  readonly encoding?: string;
  readonly sampleRate?: number;
  readonly flags?: readonly string[];
  readonly sampleBytes?: number;
}

/** Runs a script that writes s16 at 24 kHz into `name`. @throws where the file is not as long as it has to be */
async function toFile(workshop: Workshop, name: string, seconds: number, args: readonly string[]): Promise<Sample> {
  const sample = await runNode({ args, env: workshop.env });
  const { size } = await stat(workshop.file(name));
  await rm(workshop.file(name));
  if (size !== bytesOf(seconds, 24_000, 2)) throw new Error(`${name} has ${size} bytes`);
  return sample;
}

function bytesOf(seconds: number, sampleRate: number, sampleBytes: number): number {
  return Math.round((seconds * sampleRate) / CHUNK_SAMPLES) * CHUNK_SAMPLES * sampleBytes;
}

/** `aloud say` into a file that is thrown away afterwards. @throws where it is not as long as it has to be */
export async function sayToFile(workshop: Workshop, url: string, name: string, wanted: Wanted): Promise<Sample> {
  const { seconds, encoding = 'pcm_s16le', sampleRate = 24_000, sampleBytes = 2, flags = [] } = wanted;
  const file = workshop.file(name);
  const format = ['--encoding', encoding, '--sample-rate', String(sampleRate)];
  const args = [
    'say',
    '--provider',
    'cartesia',
    '--base-url',
    url,
    ...format,
    '-o',
    file,
    '-q',
    ...flags,
    'Hello, world.',
  ];
  const sample = await runNode({ args: [ALOUD, ...args], env: workshop.env });
  const { size } = await stat(file);
  await rm(file);
  const samples = Math.round((seconds * sampleRate) / CHUNK_SAMPLES) * CHUNK_SAMPLES;
  if (size - samples * sampleBytes < 0 || size - samples * sampleBytes > 200)
    throw new Error(`${name} has ${size} bytes`);
  return sample;
}
