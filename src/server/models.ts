/** The model ids that the service has, and those it had (protocol §8.4). */
import { Refusal } from '../protocol/refusal.ts';

export const MODELS: readonly string[] = [
  'sonic-latest',
  'sonic-3-latest',
  'sonic-3.6',
  'sonic-3.6-2026-08-27',
  'sonic-3.5',
  'sonic-3.5-2026-05-04',
  'sonic-3',
  'sonic-3-2026-01-12',
  'sonic-3-2025-10-27',
  'sonic-2',
  'sonic-2-2025-04-16',
  'sonic-2-2025-05-08',
  'sonic-2-2025-06-11',
  'sonic-turbo',
  'sonic-turbo-2025-06-04',
];

/** Withdrawn on 2026-06-01. */
export const SUNSET_MODELS: readonly string[] = [
  'sonic',
  'sonic-english',
  'sonic-multilingual',
  'sonic-2-2025-03-07',
  'sonic-turbo-2025-03-07',
];

/** @throws Refusal where there is no such model; `more` are ids accepted beside the service's own. */
export function checkModel(model: string, more: readonly string[] | 'any' = []): void {
  if (more === 'any' || MODELS.includes(model) || more.includes(model)) return;
  if (SUNSET_MODELS.includes(model)) {
    throw new Refusal({
      status: 400,
      code: 'model_sunsetted',
      title: 'Model sunsetted',
      message: 'this model has been withdrawn, use sonic-3',
    });
  }
  throw new Refusal({
    status: 400,
    code: 'model_not_found',
    title: 'Invalid model',
    message: 'there is no model of that id',
  });
}
