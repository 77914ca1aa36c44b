// Builds the stylesheet of public pages: public.css, minified. Nothing is lowered: what Chrome 78 does not know may not be written.
// The target keeps the minifier from writing shorter forms that are newer than that.
import { readFileSync, writeFileSync } from "node:fs";
import { transform } from "lightningcss";

const CHROME_78 = 78 << 16;
const [, , written = new URL("../src/static/public.css", import.meta.url)] = process.argv;
const { code } = transform({
  filename: "public.css",
  code: readFileSync(new URL("public.css", import.meta.url)),
  minify: true,
  targets: { chrome: CHROME_78 },
});
writeFileSync(written, code);
