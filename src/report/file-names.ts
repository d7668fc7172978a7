/** Names of files and folders made from voices and texts: safe on every system, and each a different one. */

/** Characters of a name; of any script they stay below the 255 bytes that a file system takes. */
const LONGEST = 48;

/** Names that Windows keeps for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Letters, digits and marks of `text` in lower case with `-` for everything else, never empty. Nothing that a
 * path is made of is left: no separators, no dots in front, no control characters.
 */
export function fileName(text: string, fallback: string): string {
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}+_]+/gu, '-');
  const short = [...words]
    .slice(0, LONGEST)
    .join('')
    .replace(/^-+|-+$/g, '');
  if (short === '' || /^[_+]+$/.test(short)) return fallback;
  return RESERVED.test(short) ? `${short}-` : short;
}

/** Gives out names: one that was given before, upper and lower case alike, comes with a number. */
export function createNames(): (wanted: string) => string {
  const taken = new Set<string>();
  const key = (name: string) => name.normalize('NFKC').toLowerCase();
  return wanted => {
    let name = wanted;
    for (let count = 2; taken.has(key(name)); count++) name = `${wanted}-${count}`;
    taken.add(key(name));
    return name;
  };
}

/** The folder of a voice: its id where people can read it, else its name and the beginning of its id. */
export function voiceFolder(voice: { readonly id: string; readonly name: string }): string {
  const fallback = 'voice';
  if (!isMachineMade(voice.id)) return fileName(voice.id, fallback);
  return `${fileName(voice.name, fallback)}-${fileName(voice.id.slice(0, 8), fallback)}`;
}

/** What people call a voice: its id where they can read it, else its name and the beginning of its id. */
export function voiceLabel({ id, name }: { readonly id: string; readonly name: string }): string {
  return isMachineMade(id) && name !== id ? `${name} (${id.slice(0, 8)})` : id;
}

function isMachineMade(id: string): boolean {
  return id.length > 32 || /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(id);
}
