/** SLNG's addresses: `/v1/tts/cartesia/sonic:3` and `/v1/bridges/unmute/tts/cartesia/sonic:3` (protocol §6.1, §6.2). */
import { Refusal } from '../protocol/refusal.ts';
import { errorCodeOf } from '../protocol/slng-events.ts';
import { modelId } from '../protocol/slng-requests.ts';
import type { Shared } from './line.ts';
import { checkModel } from './models.ts';
import { notFound } from './refusals.ts';
import { createSlngConnection } from './slng-connection.ts';
import { bridgeFor, native } from './slng-tongue.ts';
import type { Route } from './sockets.ts';

const PATH = /^\/v1\/(?<bridge>bridges\/unmute\/)?tts\/cartesia\/(?<model>[^/]+)$/;
const WORLD_PARTS: readonly string[] = ['ap', 'eu', 'na'];
const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** The route of a path; undefined where it leads nowhere. The colon in it may be written `%3A`. */
export function slngRoute(path: string, shared: Shared): Route | undefined {
  const { bridge, model: name = '' } = PATH.exec(path)?.groups ?? {};
  const model = name === '' ? undefined : decoded(name);
  if (model === undefined) return undefined;
  return {
    admit(request, query) {
      requireModel(model, shared);
      const header = (key: string) => request.headers[key.toLowerCase()]?.toString();
      const param = (key: string) => (bridge === undefined ? undefined : (query.get(key) ?? undefined));
      // The header wins (protocol §6.2).
      checkWorldPart(header('X-World-Part-Override') ?? param('world-part'));
      checkRegions(header('X-Region-Override') ?? param('region'));
      const tongue = bridge === undefined ? native : bridgeFor(request);
      return (socket, requestId) => createSlngConnection(socket, { requestId, model, tongue }, shared);
    },
    refusalBody({ facts }, requestId) {
      const message = `${facts.title}: ${facts.message}`;
      const body = { message, status_code: facts.status, error_code: errorCodeOf(facts), request_id: requestId };
      return { type: 'application/json', body: JSON.stringify(body) };
    },
  };
}

function decoded(name: string): string | undefined {
  try {
    return modelId(decodeURIComponent(name));
  } catch {
    return undefined;
  }
}

function requireModel(model: string, { settings }: Shared): void {
  try {
    checkModel(model, settings.models);
  } catch {
    throw notFound();
  }
}

function checkWorldPart(worldPart: string | undefined): void {
  if (worldPart === undefined || WORLD_PARTS.includes(worldPart.trim().toLowerCase())) return;
  throw badSetting(`the world part must be one of ${WORLD_PARTS.join(', ')}`);
}

function checkRegions(regions: string | undefined): void {
  const names = regions?.split(',').map(region => region.trim().toLowerCase()) ?? [];
  if (names.every(name => REGION.test(name))) return;
  throw badSetting('regions are names such as eu-west-1, separated by commas');
}

function badSetting(message: string): Refusal {
  return new Refusal({ status: 400, code: 'config_error', title: 'Invalid setting', message });
}
