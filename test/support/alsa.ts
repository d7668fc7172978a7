/** A sound device for tests without a card or a daemon: ALSA writes every sample into a file, at once and bit-exactly. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The whole of ALSA's configuration for a device that records into `file` and has no clock of its own. */
export function alsaConfig(file: string): string {
  return [
    `pcm.!default { type file file "${file}" format raw slave.pcm { type null } }`,
    `pcm.other { type file file "${file}.other" format raw slave.pcm { type null } }`,
    'ctl.!default { type null }',
    '',
  ].join('\n');
}

/** The same in real time, through ALSA's plug-in for PulseAudio. */
export function alsaPulseConfig(file: string): string {
  return [
    'pcm.pulse { type pulse }',
    `pcm.!default { type file file "${file}" format raw slave.pcm "pulse" }`,
    'ctl.!default { type null }',
    '',
  ].join('\n');
}

/** A configuration in which no device exists. */
export const ALSA_SILENT = 'ctl.!default { type null }\n';

export interface AlsaCapture {
  /** To be merged into the environment of what plays. */
  readonly env: { readonly ALSA_CONFIG_PATH: string };
  /** What has been played so far on the device, the default one unless `device` is `other`. */
  played(device?: 'other'): Promise<Buffer>;
}

/** Sets up a recording device inside `folder`. */
export async function alsaCapture(folder: string, config = alsaConfig): Promise<AlsaCapture> {
  const file = join(folder, 'capture.raw');
  const path = join(folder, 'asound.conf');
  await writeFile(path, config(file));
  return {
    env: { ALSA_CONFIG_PATH: path },
    played: device => readFile(device === undefined ? file : `${file}.other`),
  };
}
