// Fails when a committed stylesheet or WeChat's script is not what the sources of today build.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "weicang-css-"));
try {
  const built = {
    "weicang.css": join(folder, "weicang.css"),
    "public.css": join(folder, "public.css"),
    "js/jweixin.js": join(folder, "jweixin.js"),
  };
  const sheet = ["tailwindcss", "--input", "weicang.css", "--output", built["weicang.css"], "--minify"];
  execFileSync("npx", sheet, { stdio: "inherit" });
  execFileSync("node", ["public.js", built["public.css"]], { stdio: "inherit" });
  execFileSync("node", ["jweixin.js", built["js/jweixin.js"]], { stdio: "inherit" });
  for (const [name, file] of Object.entries(built)) {
    const committed = new URL(`../src/static/${name}`, import.meta.url);
    if (readFileSync(file, "utf8") !== readFileSync(committed, "utf8")) {
      console.error(`src/static/${name} is out of date: npm --prefix frontend run build`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
