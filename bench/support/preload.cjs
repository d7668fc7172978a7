/** Loaded into every measured Node process in front of its own script: at its end it says what the process has used. */
const { readFileSync, writeSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, JSON.stringify({ cpuMs: (user + system) / 1000, peakMb: peakKb() / 1024 }));
  });
}

function peakKb() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  // What getrusage calls the peak counts what the parent had before this program was loaded.
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
}
