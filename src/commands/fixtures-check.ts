/** `aloud fixtures --check` and `--verify`: holds what there is against lock and manifest; makes and sends nothing. */
import { printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FixturesOptions } from './fixtures-options.ts';
import { type Project, surveyProject } from './fixtures-project.ts';
import { createFindings, type Findings } from './fixtures-report.ts';
import { findProblem } from './fixtures-state.ts';
import { findFaults } from './fixtures-verify.ts';

/** @throws Failure of kind check when anything is not as it should be; the list is on stdout. */
export async function checkFixtures(
  project: Project,
  options: FixturesOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const findings = createFindings(options, host);
  const progress = host.progress('checking');
  let checked = 0;
  try {
    const survey = await surveyProject(project, host, signal, async plan => {
      const record = project.find(plan.entry.output);
      const problem = findProblem(plan, record, project.fence);
      if (problem !== undefined) await findings.add(problem, plan.entry.place);
      else if (options.verify && record !== undefined) {
        for (const fault of await findFaults(plan, record, project.fence, signal))
          await findings.add(fault, plan.entry.place);
      }
      if (++checked % 100 === 0) progress.update(`${checked} checked, ${findings.count} not as they should be`);
    });
    await findObsolete(project, survey.outputs, findings);
    progress.stop();
    await findings.conclude({ manifest: project.source.name, lock: project.lockPath, total: survey.count });
  } finally {
    progress.stop();
  }
}

/** What the lock has and the manifest does not ask for any more. Of a part's lock that is for the whole to say. */
export async function findObsolete(
  { locks, shard }: Project,
  outputs: { readonly size: number; get(name: string): number | undefined },
  findings: Findings,
): Promise<void> {
  const [lock] = locks;
  if (lock === undefined || shard !== undefined || lock.size === 0) return;
  for await (const { name } of lock.lines()) {
    if (outputs.get(name) !== undefined) continue;
    const file = printable(name, 200);
    await findings.add(
      { problem: 'obsolete', file, message: 'is in the lock, but not in the manifest any more' },
      undefined,
    );
  }
}
