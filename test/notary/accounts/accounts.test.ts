import { describe, expect, it } from "@jest/globals";
import { LOCAL_OPERATOR, type Role } from "../../../src/notary/model/model.js";
import { worlds } from "../world.js";

const world = worlds();

async function withKey(role: Role = "depositor") {
  const running = await world().start();
  const { notary } = running;
  await notary.putOrganisation(LOCAL_OPERATOR, { id: "bank-a", name: "示例银行", creditCode: "EXAMPLE" });
  return { ...running, ...(await notary.createApiKey(LOCAL_OPERATOR, { organisationId: "bank-a", role })) };
}

describe("API keys", () => {
  it("are shown once, and only the hash of the secret is stored", async () => {
    const { notary, store, key, token } = await withKey();
    expect(token).toMatch(/^cz_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/);
    expect(await notary.authenticate(token)).toEqual({
      organisation: { id: "bank-a", name: "示例银行", creditCode: "EXAMPLE" },
      role: "depositor",
      keyId: key.id,
    });
    const stored = JSON.stringify(await store.findApiKey(key.id));
    expect(stored).not.toContain(token.slice(-43));
    expect(await notary.apiKeys(LOCAL_OPERATOR, "bank-a")).toEqual([key]);
  });

  it("are refused where anything of them is wrong", async () => {
    const { notary, token } = await withKey();
    const last = token.endsWith("A") ? "B" : "A";
    const wrong = [
      "",
      "cz_",
      token.slice(0, -1),
      `${token.slice(0, -1)}${last}`,
      ` ${token}`,
      token.toLowerCase(),
      `${token}A`,
    ];
    for (const other of wrong)
      await expect(notary.authenticate(other)).rejects.toMatchObject({ code: "api-key-unknown" });
    const unknownId = `cz_01JDDDDDDDDDDDDDDDDDDDDDDD_${token.slice(-43)}`;
    await expect(notary.authenticate(unknownId)).rejects.toMatchObject({ code: "api-key-unknown" });
    await notary.authenticate(token);
  });

  it("stop working with their revocation, also when they were just used or are being looked up", async () => {
    const { notary, key, token } = await withKey();
    await notary.authenticate(token);
    const looking = notary.authenticate(token);
    const revoked = await notary.revokeApiKey(LOCAL_OPERATOR, key.id);
    expect(revoked.revokedAt).toBeDefined();
    await looking.catch(() => undefined);
    await expect(notary.authenticate(token)).rejects.toMatchObject({ code: "api-key-revoked" });
    expect(await notary.revokeApiKey(LOCAL_OPERATOR, key.id)).toEqual(revoked);
    await expect(notary.revokeApiKey(LOCAL_OPERATOR, "nothing")).rejects.toMatchObject({
      code: "api-key-not-found",
    });
  });

  it("show their organisation as it is registered now", async () => {
    const { notary, token } = await withKey();
    await notary.authenticate(token);
    await notary.putOrganisation(LOCAL_OPERATOR, { id: "bank-a", name: "Renamed" });
    expect((await notary.authenticate(token)).organisation).toEqual({ id: "bank-a", name: "Renamed" });
  });
});

describe("administration", () => {
  it("is logged by ids: what was made, changed or revoked, and whose key did it", async () => {
    const one = world();
    const { notary, principal } = await one.start();
    const operator = await principal("example-notary", "operator");
    one.logged.length = 0;
    await notary.putOrganisation(operator, { id: "bank-a", name: "示例银行" });
    const { key, token } = await notary.createApiKey(operator, { organisationId: "bank-a", role: "reader" });
    await notary.revokeApiKey(operator, key.id);
    const [keyId, organisationId, by] = [key.id, "bank-a", operator.keyId];
    expect(one.logged).toEqual([
      { level: "info", fields: { organisationId, by }, message: "an organisation was registered or changed" },
      {
        level: "info",
        fields: { keyId, organisationId, role: "reader", by },
        message: "an API key was made",
      },
      { level: "info", fields: { keyId, organisationId, by }, message: "an API key was revoked" },
    ]);
    expect(JSON.stringify(one.logged)).not.toContain(token.slice(-43));
  });

  it("is for operators only", async () => {
    const { notary, token, key } = await withKey();
    const by = await notary.authenticate(token);
    for (const attempt of [
      () => notary.putOrganisation(by, { id: "x", name: "X" }),
      () => notary.organisation(by, "bank-a"),
      () => notary.organisations(by),
      () => notary.createApiKey(by, { organisationId: "bank-a", role: "operator" }),
      () => notary.apiKeys(by, "bank-a"),
      () => notary.revokeApiKey(by, key.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "role-insufficient" });
    const operator = await withKey("operator");
    const other = await operator.notary.authenticate(operator.token);
    expect(await operator.notary.organisations(other)).toHaveLength(1);
  });

  it("refuses what no statement should carry", async () => {
    const { notary } = await withKey();
    const put = (id: string, name: string, creditCode?: string) =>
      notary.putOrganisation(LOCAL_OPERATOR, { id, name, ...(creditCode !== undefined && { creditCode }) });
    await expect(put("Bank", "x")).rejects.toMatchObject({ code: "id-invalid", detail: { field: "/id" } });
    for (const name of ["", "a\nb", "\ud800", "x".repeat(257)])
      await expect(put("bank", name)).rejects.toMatchObject({
        code: "request-invalid",
        detail: { field: "/name" },
      });
    await expect(put("bank", "x", "")).rejects.toMatchObject({ detail: { field: "/creditCode" } });
    const unknown = { code: "organisation-unknown" };
    await expect(notary.organisation(LOCAL_OPERATOR, "bank")).rejects.toMatchObject(unknown);
    await expect(notary.apiKeys(LOCAL_OPERATOR, "bank")).rejects.toMatchObject(unknown);
    const request = { organisationId: "bank", role: "depositor" } as const;
    await expect(notary.createApiKey(LOCAL_OPERATOR, request)).rejects.toMatchObject(unknown);
    const odd = { organisationId: "bank-a", role: "king" as Role };
    await expect(notary.createApiKey(LOCAL_OPERATOR, odd)).rejects.toMatchObject({
      detail: { field: "/role" },
    });
  });
});
