// Verify a Sigstore bundle with a plain key, by @sigstore/verify and @sigstore/bundle from the
// folder that VIDIMUS_NODE_MODULES names.
//
// bundle.mjs BUNDLE HINT PUB.pem [FILE]      FILE for a messageSignature
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.VIDIMUS_NODE_MODULES, "from-here.js"));
const { bundleFromJSON } = load("@sigstore/bundle");
const { toSignedEntity, toTrustMaterial, Verifier } = load("@sigstore/verify");

const [path, hint, pem, file] = process.argv.slice(2);
const rawBytes = createPublicKey(readFileSync(pem)).export({ type: "spki", format: "der" });
const nobody = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const trust = toTrustMaterial(nobody, { [hint]: { rawBytes } });
const bundle = bundleFromJSON(JSON.parse(readFileSync(path, "utf8")));
const entity = toSignedEntity(bundle, file === undefined ? undefined : readFileSync(file));
new Verifier(trust, { tlogThreshold: 0, timestampThreshold: 0 }).verify(entity);
console.log("accepted");
