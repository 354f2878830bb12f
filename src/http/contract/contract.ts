/**
 * openapi.yaml as the law of this API: which operations there are, who may call them, what they take and give.
 * Requests are held to it by ajv, which only judges here: bodies come to it already parsed by core's strict parser, and
 * it coerces, removes and fills in nothing.
 */
import type { Request } from "express";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { chooseBody, kindsOf } from "./contract-choice.js";
import type { ApiDescription, OperationDescription, Parameter } from "./contract-description.js";
import { COMPONENTS, judgedDescription, judgingFormats } from "./contract-judged.js";
import { bodyRefusal, parameterRefusal } from "./contract-refusal.js";

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
  /** Judges a request's parameters, and its body where it is JSON; it throws the refusal where one is not as described. */
  validate(request: Request): void;
}

export function parseContract(text: string): readonly Operation[] {
  const description = parse(text) as ApiDescription;
  const judge = createJudge(description);
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      route: path.replace(/\{(\w+)\}/g, ":$1"),
      login: loginOf(operation),
      ...(operation["x-roles"] && { roles: operation["x-roles"] }),
      consumes: Object.keys(operation.requestBody?.content ?? {}),
      produces: producesOf(operation, description),
      validate: judge(path, method),
    })),
  );
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

/** Makes the judge of each operation; validators are compiled when the service starts, so that no request waits for that. */
function createJudge(description: ApiDescription): (path: string, method: string) => Operation["validate"] {
  const judged = judgedDescription(description);
  // Not strict: openapi.yaml has words of its own. Verbose: a refusal says what the schema wants, and what came instead.
  const ajv = new Ajv2020({ strict: false, verbose: true, formats: judgingFormats(judged) });
  ajv.addSchema({ components: judged.components }, COMPONENTS);

  return (path, method) => {
    const { parameters = [], requestBody } = judged.paths[path]?.[method] ?? {};
    const areValid = ajv.compile(parametersSchema(parameters));
    const body = requestBody?.content["application/json"]?.schema;
    const kinds = body ? kindsOf(body, judged) : [];
    const validators = kinds.map((kind) => ajv.compile(kind));

    return (request) => {
      const sent = { query: request.query, headers: request.headers, path: request.params };
      if (!areValid(sent)) throw parameterRefusal(areValid.errors?.[0], parameters);
      // Bodies of other media types are read later, piece by piece.
      const isValid = request.body === undefined ? undefined : validators[chooseBody(request.body, kinds)];
      if (isValid?.(request.body) === false) throw bodyRefusal(isValid.errors?.[0]);
    };
  };
}

/** One schema for what a request says beside its body, by where it says it. */
function parametersSchema(parameters: readonly Parameter[]): AnySchemaObject {
  const at = (place: Parameter["in"], others: boolean) => {
    const there = parameters.filter((parameter) => parameter.in === place);
    const named = there.map(({ name = "", schema = {}, required = false }) => ({
      name: place === "header" ? name.toLowerCase() : name,
      ...{ schema, required },
    }));
    const properties = Object.fromEntries(named.map(({ name, schema }) => [name, schema]));
    const needed = named.filter(({ required }) => required).map(({ name }) => name);
    // In this order: what has no place is told before what is missing, since the one is often the other misspelt.
    return { type: "object", allOf: [{ properties, additionalProperties: others }, { required: needed }] };
  };
  return {
    type: "object",
    properties: { query: at("query", false), headers: at("header", true), path: at("path", true) },
  };
}
