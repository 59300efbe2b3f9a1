// Verify a Sigstore bundle with a plain key, by @sigstore/verify and @sigstore/bundle from the
// folder that VIDIMUS_NODE_MODULES names.
//
// bundle.mjs BUNDLE HINT PUB.pem [FILE]           FILE for a messageSignature
// bundle.mjs BUNDLE HINT PUB.pem --tsa CHAIN.pem  a timestamp must lead from the first of these
//                                                 certificates to the last
import { createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.VIDIMUS_NODE_MODULES, "from-here.js"));
const { bundleFromJSON } = load("@sigstore/bundle");
const { toSignedEntity, toTrustMaterial, Verifier } = load("@sigstore/verify");

const [path, hint, pem, ...rest] = process.argv.slice(2);
const stamped = rest[0] === "--tsa";
const file = stamped ? undefined : rest[0];
const blocks = stamped ? readFileSync(rest[1], "utf8").match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) : [];
const certificates = blocks.map((block) => ({ rawBytes: new X509Certificate(block).raw }));
const authority = { subject: undefined, uri: "", certChain: { certificates }, validFor: { start: new Date(0) } };
const rawBytes = createPublicKey(readFileSync(pem)).export({ type: "spki", format: "der" });
const nobody = { certificateAuthorities: [], timestampAuthorities: stamped ? [authority] : [], tlogs: [], ctlogs: [] };
const trust = toTrustMaterial(nobody, { [hint]: { rawBytes } });
const bundle = bundleFromJSON(JSON.parse(readFileSync(path, "utf8")));
const entity = toSignedEntity(bundle, file === undefined ? undefined : readFileSync(file));
new Verifier(trust, { tlogThreshold: 0, timestampThreshold: stamped ? 1 : 0 }).verify(entity);
console.log("accepted");
