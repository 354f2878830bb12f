/** A process that makes one certificate and says how long that took, in milliseconds: scripts/bench/certificates.ts. */
import { stdout } from "node:process";
import { signCertificate } from "../../src/certificate/make-certificate.js";
import { openSampleMaker, openSampleTemplate } from "./sample-certificates.js";

const { signer, input } = await openSampleMaker();
const opening = performance.now();
const template = openSampleTemplate();
const opened = performance.now();
signCertificate(input(1, template), signer);
stdout.write(JSON.stringify({ open: opened - opening, make: performance.now() - opened }));
