/** Cartesia's API versions and what changed with each (protocol §1.2, §5). */

/** Versions seen in public, oldest first. */
export const KNOWN_VERSIONS: readonly string[] = [
  '2024-06-10',
  '2024-11-13',
  '2025-04-16',
  '2025-11-04',
  '2026-03-01',
  '2026-08-14',
];

export const DEFAULT_VERSION = '2026-03-01';

/** True for a real calendar date written `YYYY-MM-DD`, the only form a version has. */
export function isVersion(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The behaviour that a date asks for: the greatest known version not later than it, at least the first. */
export function behaviourOf(version: string): string {
  return KNOWN_VERSIONS.findLast(known => known <= version) ?? '2024-06-10';
}

/** Errors have title, message, error_code and request_id from 2026-03-01 on, one string before. */
export function hasStructuredErrors(version: string): boolean {
  return version >= '2026-03-01';
}

/** Voice embeddings were accepted up to 2025-11-04. */
export function acceptsEmbeddings(version: string): boolean {
  return version < '2026-03-01';
}
