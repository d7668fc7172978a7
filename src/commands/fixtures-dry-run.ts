/** `aloud fixtures --dry-run`: what would be made; makes nothing, asks nobody. */
import type { Host } from '../host.ts';
import type { FixturesOptions } from './fixtures-options.ts';
import { type FixturePlan, keyOf } from './fixtures-plan.ts';
import { type Project, surveyProject } from './fixtures-project.ts';
import { rowFor } from './fixtures-report.ts';
import { findProblem, findStale } from './fixtures-state.ts';
import { openStore, type Store } from './fixtures-store.ts';
import { plural } from './plural.ts';

type Action = 'unchanged' | 'cached' | 'make';

const MOST_IN_DOCUMENT = 1000;

/** A line for each entry on stdout; with `--json` one document. */
export async function showPlans(
  project: Project,
  options: FixturesOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const json = options.presentation.json ?? false;
  const store = openStore(project.cacheDir, host);
  const counts: Record<Action, number> = { unchanged: 0, cached: 0, make: 0 };
  const entries: object[] = [];
  let characters = 0;
  try {
    const { count } = await surveyProject(project, host, signal, async plan => {
      const action = await foresee(plan, project, store);
      counts[action] += 1;
      if (action === 'make') characters += plan.text.length;
      if (!json) await host.print(rowFor([action, plan.entry.output], host));
      else if (entries.length < MOST_IN_DOCUMENT) entries.push(describe(plan, action));
    });
    if (json) await host.printJson({ dry_run: true, total: count, ...counts, characters, entries }, 2);
    else
      host.note(
        `${plural(count, 'fixture')}: ${counts.make} to make (${plural(characters, 'character')}), ${counts.cached} in the cache, ${counts.unchanged} unchanged`,
      );
  } finally {
    await store.close();
  }
}

async function foresee(plan: FixturePlan, { find, fence }: Project, store: Store): Promise<Action> {
  const record = find(plan.entry.output);
  if (findProblem(plan, record, fence) === undefined) return 'unchanged';
  // Where somebody would have to be asked for the voice, this key may not be the one.
  const key = record !== undefined && findStale(plan, record) === undefined ? record.key : keyOf(plan, plan.request);
  const kept = await store.open(key);
  await kept?.close();
  return kept === undefined ? 'make' : 'cached';
}

function describe({ entry, request, speaker, text, files }: FixturePlan, action: Action): object {
  const { model, voice, language = null, format } = request;
  return {
    action,
    files: files.map(({ name }) => name),
    line: entry.place.line ?? null,
    provider: speaker.provider.name,
    model,
    voice,
    language,
    encoding: format.encoding,
    sample_rate: format.sampleRate,
    characters: text.length,
  };
}
