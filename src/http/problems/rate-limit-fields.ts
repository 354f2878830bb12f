/**
 * The fields `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers (sections 3 and 4, as of
 * draft 10): lists of Structured Fields (RFC 9651), each item a policy's name with parameters.
 */

/** `requests` is the draft's default, and is not written. */
export type QuotaUnit = "requests" | "concurrent-requests" | "content-bytes";

export interface Quota {
  /** The policy's name is of letters and hyphens: no character of it is escaped. */
  readonly policy: string;
  readonly limit: number;
  readonly unit: QuotaUnit;
  readonly windowSeconds?: number;
  readonly remaining: number;
  /** So long it takes until more is there. */
  readonly resetSeconds: number;
}

export function rateLimitFields(quotas: readonly Quota[]): Readonly<Record<string, string>> {
  if (quotas.length === 0) return {};
  return {
    "RateLimit-Policy": quotas
      .map(
        ({ policy, limit, unit, windowSeconds }) =>
          `"${policy}";q=${limit}` +
          (unit === "requests" ? "" : `;qu="${unit}"`) +
          (windowSeconds === undefined ? "" : `;w=${windowSeconds}`),
      )
      .join(", "),
    RateLimit: quotas
      .map(({ policy, remaining, resetSeconds }) => `"${policy}";r=${remaining};t=${resetSeconds}`)
      .join(", "),
  };
}
