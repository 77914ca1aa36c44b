// Fails when the committed stylesheet is not what the sources of today build.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "weicang-css-"));
const built = join(folder, "weicang.css");
try {
  execFileSync("npx", ["tailwindcss", "--input", "weicang.css", "--output", built, "--minify"], { stdio: "inherit" });
  const committed = new URL("../src/static/weicang.css", import.meta.url);
  if (readFileSync(built, "utf8") !== readFileSync(committed, "utf8")) {
    console.error("src/static/weicang.css is out of date: npm --prefix frontend run build");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
