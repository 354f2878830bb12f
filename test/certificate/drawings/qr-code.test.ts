import { create } from "qrcode";
import { expect, it } from "@jest/globals";
import { encodeQrCode } from "../../../src/certificate/drawings/1/page/qr-code.js";
import { cosine, sine } from "../../../src/certificate/drawings/1/page/trigonometry.js";

it("makes the codes that another program makes, for every length of address", () => {
  for (let length = 1; length <= 520; length++) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(33 + ((i * 31 + length) % 94))).join(
      "",
    );
    const { size, data } = create([{ data: Buffer.from(text), mode: "byte" }], {
      errorCorrectionLevel: "M",
      maskPattern: 2,
    }).modules;
    const ours = encodeQrCode(text);
    expect(ours.size).toBe(size);
    expect(Buffer.compare(Buffer.from(ours.modules), Buffer.from(data))).toBe(0);
  }
});

it("knows sine and cosine of every angle on a ring", () => {
  for (let angle = -6.28; angle < 6.29; angle += 0.01) {
    expect(sine(angle)).toBeCloseTo(Math.sin(angle), 11);
    expect(cosine(angle)).toBeCloseTo(Math.cos(angle), 11);
  }
});
