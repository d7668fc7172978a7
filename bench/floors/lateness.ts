/** Reads when a chunk was sent out of its first bytes, and sums up how late it is. */
export interface Lateness {
  /** `audio` starts as the chunk does. */
  note(audio: Uint8Array): void;
  /** Prints median and 99th percentile in milliseconds as JSON. */
  print(): void;
}

export function createLateness(): Lateness {
  const late: number[] = [];
  return {
    note(audio) {
      const sent = Buffer.from(audio.buffer, audio.byteOffset, 8).readBigUInt64LE();
      late.push(Number(process.hrtime.bigint() - sent) / 1e6);
    },
    print() {
      late.sort((a, b) => a - b);
      const at = (share: number) => late[Math.floor((late.length - 1) * share)] ?? Number.NaN;
      process.stdout.write(JSON.stringify({ p50: at(0.5), p99: at(0.99), chunks: late.length }));
    },
  };
}
