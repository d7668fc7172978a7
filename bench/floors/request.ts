/** The request that floors and peers send: one whole text. */
export function requestFor(contextId: string, encoding = 'pcm_s16le', sampleRate = '24000'): string {
  return JSON.stringify({
    model_id: 'sonic-3',
    transcript: 'Hello, world.',
    voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
    language: 'en',
    context_id: contextId,
    output_format: { container: 'raw', encoding, sample_rate: Number(sampleRate) },
    max_buffer_delay_ms: 0,
    continue: false,
  });
}
