/** Properties are tried with the same values in every run of CI: a change is judged by itself, not by luck. */
import fc from 'fast-check';

const { ALOUD_TEST_SEED, CI } = process.env;
const seed = ALOUD_TEST_SEED ?? (CI ? '20261120' : undefined);
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
