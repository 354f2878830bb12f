/**
 * openapi.yaml as the law of this API: which operations there are, who may call them, what they take and give.
 * Requests are held to it by express-openapi-validator, which only judges here: bodies come to it already parsed by
 * core's strict parser, and it coerces, removes and fills in nothing.
 */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { middleware } from "express-openapi-validator";
import { parse } from "yaml";
import { chooseBody } from "./contract-choice.js";
import type { ApiDescription, OperationDescription } from "./contract-description.js";
import { judgedDescription, judgingFormats } from "./contract-judged.js";
import { contractRefusal } from "./contract-refusal.js";

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** The path is as openapi.yaml spells it: `/v1/deposits/{id}`. */
  readonly path: string;
  /** The route is as express spells it: `/v1/deposits/:id`. */
  readonly route: string;
  readonly login: "none" | "optional" | "required";
  /** These are the roles whose keys may call it; undefined where all may. */
  readonly roles?: readonly string[];
  /** These are the media types of bodies; there is none where the operation takes none. */
  readonly consumes: readonly string[];
  /** These are the media types of successful answers; there is none where any is possible. */
  readonly produces: readonly string[];
  /** Judges a request; it rejects with the refusal where the request is not as described. */
  validate(request: Request, response: Response): Promise<void>;
}

export function parseContract(text: string): readonly Operation[] {
  const description = parse(text) as ApiDescription;
  return Object.entries(description.paths).flatMap(([path, methods]) => {
    const validate = onFirstUse(() => createPathValidator(path, description));
    return Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      route: path.replace(/\{(\w+)\}/g, ":$1"),
      login: loginOf(operation),
      ...(operation["x-roles"] && { roles: operation["x-roles"] }),
      consumes: Object.keys(operation.requestBody?.content ?? {}),
      produces: producesOf(operation, description),
      validate,
    }));
  });
}

function loginOf({ security = [] }: OperationDescription): Operation["login"] {
  if (security.length === 0) return "none";
  return security.some((scheme) => Object.keys(scheme).length === 0) ? "optional" : "required";
}

function producesOf({ responses }: OperationDescription, { components }: ApiDescription): readonly string[] {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, response]) => components.responses[response.$ref?.replace(/^.*\//, "") ?? ""] ?? response)
    .flatMap(({ content }) => Object.keys(content ?? {}))
    .map((type) => type.replace(/;.*/s, ""));
  return types.includes("*/*") ? [] : types;
}

/** The library compiles the whole of OpenAPI's own schema for each: seconds, were all made before the first request. */
function onFirstUse(create: () => Operation["validate"]): Operation["validate"] {
  let validate: Operation["validate"] | undefined;
  return (request, response) => (validate ??= create())(request, response);
}

/**
 * One validator a path: the library looks up a request's operation by compiling each path's pattern anew, path after
 * path, so with all paths in one validator a deposit would pay for the whole description. Where a body may be of several
 * kinds there is one for each: it judges as what it is meant to be, and can say what is wrong with it.
 */
function createPathValidator(path: string, description: ApiDescription): Operation["validate"] {
  const judged = judgedDescription(description, path);
  const chosen = new Map<ApiDescription, Operation["validate"]>();
  return async (request, response) => {
    const api = chooseBody(request, judged, path);
    let validate = chosen.get(api);
    if (validate === undefined) chosen.set(api, (validate = createValidator(path, api)));
    return validate(request, response);
  };
}

function createValidator(path: string, description: ApiDescription): Operation["validate"] {
  const formats = Object.fromEntries(
    Object.entries(judgingFormats(description)).map(([name, validate]) => [
      name,
      { type: "string", validate },
    ]),
  );
  const steps = middleware({
    // A copy: the library changes what it is given.
    apiSpec: structuredClone(description) as never,
    validateApiSpec: false,
    validateRequests: { allowUnknownQueryParameters: false, coerceTypes: false, removeAdditional: false },
    validateResponses: false,
    validateSecurity: false,
    fileUploader: false,
    formats: formats as never,
  });
  return async (request, response) => {
    const { method } = request;
    // A HEAD request is what the GET would be; the description has no word for it.
    if (method === "HEAD") request.method = "GET";
    try {
      for (const step of steps) await run(step as RequestHandler, request, response);
    } catch (error) {
      throw contractRefusal(error, request, description, path);
    } finally {
      request.method = method;
    }
  };
}

function run(step: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const next: NextFunction = (error?: unknown) => {
      // The library hands over Error objects of its own.
      if (error === undefined) resolve();
      else reject(error as Error);
    };
    void Promise.resolve(step(request, response, next)).catch(reject);
  });
}
