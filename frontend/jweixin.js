// Writes WeChat's script for pages from the package weixin-js-sdk (MIT), as a script that a page can load: it defines `window.wx`.
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("node_modules/weixin-js-sdk/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
const source = readFileSync(new URL("index.js", folder), "utf8");
const script = `/* weixin-js-sdk ${version}, MIT licence, https://github.com/yanxi123-com/weixin-js-sdk */
(function () {
var module = { exports: {} };
${source.trim()}
window.wx = module.exports;
})();
`;
writeFileSync(process.argv[2] || new URL("../src/static/js/jweixin.js", import.meta.url), script);
