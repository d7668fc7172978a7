/** Headerless samples. */
import type { Sink } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createFileSink } from './file-sink.ts';
import { createSampleGate, salvageSamples } from './samples.ts';
import type { Target } from './target.ts';

/** Writes the samples of the request's format to `target` and nothing else. */
export function createRawSink(target: Target, context: SinkContext): Sink {
  const gate = createSampleGate(context.request.format);
  const pass = (samples: Uint8Array) => target.write(samples);
  const done = Promise.resolve();

  return createFileSink(
    target,
    {
      get started() {
        return target.length > 0;
      },
      samplesAt: 0,
      write: event => (event.type === 'audio' ? gate.whole(event.chunk, pass) : done),
      async finish(partial) {
        if (!partial) return gate.end();
        await salvageSamples(target, context.request.format, 0);
      },
    },
    context,
  );
}
