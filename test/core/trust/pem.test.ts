import { describe, expect, it } from "@jest/globals";
import { parseCertificatePem } from "../../../src/core/trust/pem.js";

const PEM = "-----BEGIN CERTIFICATE-----\nMAAC\nAQE=\n-----END CERTIFICATE-----\n";
const DER = Uint8Array.of(0x30, 0x00, 0x02, 0x01, 0x01);

describe("parseCertificatePem", () => {
  it.each([
    ["as it is written", PEM],
    ["with other line ends", PEM.replaceAll("\n", "\r\n")],
    ["on one line", PEM.replace("MAAC\n", "MAAC")],
    ["with white space around", `\n ${PEM}\n\n`],
  ])("reads one certificate %s", (_, text) => expect(parseCertificatePem(text)).toEqual(DER));

  it.each([
    ["nothing", ""],
    ["two certificates", PEM + PEM],
    ["text before it", `Example Root\n${PEM}`],
    ["text after it", `${PEM}Example Root\n`],
    ["another label", PEM.replaceAll("CERTIFICATE", "PUBLIC KEY")],
    ["another label at its end", PEM.replace("END CERTIFICATE", "END CERTIFICATES")],
    ["no end", PEM.slice(0, 40)],
    ["headers", PEM.replace("MAAC", "Proc-Type: 4\n\nMAAC")],
    ["base64 without padding", PEM.replace("AQE=", "AQE")],
    ["base64 with unused bits", PEM.replace("AQE=", "AQF=")],
    ["no certificate within", PEM.replace("MAAC\nAQE=\n", "")],
  ])("refuses %s", (_, text) => {
    expect(() => parseCertificatePem(text)).toThrow(expect.objectContaining({ code: "pem-malformed" }));
  });
});
