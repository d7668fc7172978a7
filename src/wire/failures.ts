/** What went wrong on the wire, classified where it is known: connecting, closing, falling silent. */
import type { FailureDetails, FailureKind } from '../errors.ts';
import { Failure, printable } from '../errors.ts';
import type { SpeechEvent } from '../speech.ts';

/** How a socket ended. `error` is there when it did not end by a close frame. */
export interface CloseFacts {
  readonly code: number;
  readonly reason: string;
  readonly error?: Error;
}

/** Takes secrets out of text from outside. */
export type Redact = (text: string) => string;

/** Text from outside as it may be shown: without secrets, also where control characters had split them, and bounded. */
export function shown(text: string, redact: Redact, limit = 500): string {
  return printable(redact(printable(redact(text), limit * 4)), limit);
}

/** A failure whose words came from the service, with secrets taken out of all of them. */
export function withoutSecrets(failure: Failure, redact: Redact): Failure {
  const { providerCode, requestId } = failure.details;
  const clean = {
    ...(providerCode === undefined ? {} : { providerCode: shown(providerCode, redact, 100) }),
    ...(requestId === undefined ? {} : { requestId: shown(requestId, redact, 200) }),
  };
  return failure.with(clean, shown(failure.message, redact));
}

/** Words go into files: what a service puts among them that it should not know of stays out of those. */
export function cleanWords<T extends SpeechEvent>(event: T, redact: Redact): T {
  if (event.type !== 'timestamps') return event;
  // Nearly always there is nothing, which one look tells.
  const all = event.spans.map(span => span.text).join('\n');
  if (concealed(all, redact) === all) return event;
  return { ...event, spans: event.spans.map(span => ({ ...span, text: concealed(span.text, redact) })) };
}

/** Text as it is, but for secrets, also where control characters had split them. */
export function concealed(text: string, redact: Redact): string {
  const plain = redact(text);
  const seen = printable(plain, plain.length);
  const safe = redact(seen);
  return safe === seen ? plain : safe;
}

const CERTIFICATE_HINT =
  'for a server of your own, or a proxy that opens connections, name its certificate in NODE_EXTRA_CA_CERTS';

/** Faults of TLS by Node's code, in our words. All but the last group are about the certificate. */
const TLS_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate was issued by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of its certificate is not known here',
  CERT_UNTRUSTED: 'its certificate is not trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is the clock of this machine right?',
  CERT_REVOKED: 'its certificate has been revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate was issued for another host',
  EPROTO: 'it does not speak TLS, or only a version that is no longer safe',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only a version of TLS that is no longer safe',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks only a version of TLS that is no longer safe',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the two sides have no kind of encryption in common',
};

/** Faults of the network by Node's code: worth another attempt. */
const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was broken off',
  ECONNABORTED: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be looked up',
  EAI_FAIL: 'its name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  EHOSTDOWN: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'the network cannot be reached',
  ETIMEDOUT: 'it did not answer',
  EMFILE: 'this process has too many files and sockets open',
  ENFILE: 'this machine has too many files and sockets open',
};

const NETWORK_HINT = 'check the network, and HTTPS_PROXY if there is a proxy';
const SERVE_HINT = 'start a service there, such as: aloud serve';
/** This machine, as it is shown. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/;

/** Why no socket came about, when there was no answer over HTTP. `place` is the host, or the proxy, as shown. */
export function connectFailure(place: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const cause = firstOf(error);
  const code = codeOf(cause);
  const what = `cannot connect to ${place}`;
  const tls = TLS_FAULTS[code] ?? (code.startsWith('ERR_SSL_') ? `TLS failed (${code})` : undefined);
  if (tls !== undefined) return new Failure('network', `${what}: ${tls}`, { cause: error, hint: CERTIFICATE_HINT });
  const network = NETWORK_FAULTS[code];
  if (network !== undefined) {
    return new Failure('network', `${what}: ${network} (${code})`, {
      cause: error,
      retryable: true,
      hint: code === 'ECONNREFUSED' && LOCAL.test(place) ? SERVE_HINT : NETWORK_HINT,
    });
  }
  const said = cause instanceof Error ? cause.message : String(cause);
  const reason = code.startsWith('HPE_') ? 'what answers there does not speak HTTP' : printable(said, 200);
  return new Failure('network', `${what}: ${reason}`, { cause: error });
}

/** An address or a header that nothing can be made of. Node quotes what it refuses in its message: that is not passed on. */
export function impossible({ host }: URL, cause?: unknown): Failure {
  return new Failure('config', `cannot make a connection to ${host} out of these settings`, { cause });
}

/** Node tries several addresses of a host and reports all of their failures as one. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? firstOf(error.errors[0]) : error;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Codes after which the same text may be tried on a new socket (protocol §7.2); 4429 is a 429 said late. */
const RECOVERABLE_CODES: readonly number[] = [1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 4429];

/**
 * A socket that closed under a context that was not complete: never a success, whatever the code. `heard`
 * says whether audio had been delivered.
 */
export function closeFailure(facts: CloseFacts, heard: boolean, redact: Redact): Failure {
  const { code, error } = facts;
  const reason = shown(facts.reason, redact, 120);
  const how = error
    ? shown(error.message, redact, 200)
    : code === 1005 || code === 1006
      ? 'no reason given'
      : undefined;
  const said = [`code ${code}`, reason, how].filter(part => part !== undefined && part !== '').join(', ');
  // A fault in the frames themselves is not the network's, and will be there again.
  const broken = error !== undefined && codeOf(error).startsWith('WS_ERR_');
  return endedEarly(`the service closed the connection before the speech was complete (${said})`, heard, {
    retryable: !broken && RECOVERABLE_CODES.includes(code),
    ...(error === undefined ? {} : { cause: error }),
    ...(code === 4429 ? { kind: 'quota' as const } : {}),
  });
}

export function silenceFailure(limitMs: number, heard: boolean): Failure {
  return endedEarly(`nothing came from the service for ${inSeconds(limitMs)}`, heard, {
    retryable: true,
    hint: 'try again, or allow more with --timeout',
  });
}

function inSeconds(ms: number): string {
  return ms === 1000 ? '1 second' : `${ms / 1000} seconds`;
}

/** Speech that was given up so that other speech could go on. */
export function untakenFailure(limitMs: number): Failure {
  const message = `nobody took the speech for ${inSeconds(limitMs)} while other speech waited behind it`;
  return new Failure('output', message, { hint: 'is an output blocked, such as a pipe that nobody reads?' });
}

/** Speech that stopped before the service said that it was complete: `incomplete` once something was heard. */
export function endedEarly(
  message: string,
  heard: boolean,
  details: FailureDetails & { readonly kind?: FailureKind },
): Failure {
  const { kind = 'network', ...rest } = details;
  return new Failure(heard ? 'incomplete' : kind, message, rest);
}
