// Public pages run in the engine that WeChat has on old Android phones. The plugin knows what that engine lacks from caniuse; what
// caniuse does not list for it to find is named here, with the version that brought it.
const ENGINE = ["chrome 78"];

export default {
  plugins: ["stylelint-no-unsupported-browser-features"],
  reportDescriptionlessDisables: true,
  reportNeedlessDisables: true,
  rules: {
    "plugin/no-unsupported-browser-features": [
      true,
      {
        browsers: ENGINE,
        ignore: [
          "css-overflow", // but for `clip` and two values, which are refused below
          "css-sticky", // but for parts of tables
          "css-appearance", // only with the prefix, which is written before it
          "css-math-functions", // found in minmax(), which is of 57; min(), max() and clamp() are refused below
        ],
      },
    ],
    "property-disallowed-list": [
      // In a flex container since 84; in a grid container grid-gap says the same. One name for both would hide the difference.
      ["gap", "row-gap", "column-gap"],
      ["aspect-ratio", "accent-color", "scrollbar-gutter"], // 88, 93, 94
      ["rotate", "scale", "translate", "text-wrap", "text-wrap-style", "field-sizing"], // 104, 114, 123
    ].flat(),
    "function-disallowed-list": ["min", "max", "clamp", "color-mix", "color", "light-dark", "round", "rem", "mod"], // 79 and later
    "media-feature-range-notation": "prefix", // (width >= 40rem) since 104
    "at-rule-disallowed-list": ["layer", "container", "property", "scope", "starting-style", "import"], // 85 and later; import: one request
    "declaration-property-value-disallowed-list": {
      "/.*/": ["/\\b\\d*\\.?\\d+(?:d|s|l)v(?:h|w|min|max)\\b/"], // 108
      "display": ["/ /"], // two words since 115
      "/^overflow/": ["/clip/", "/ /"], // 90, 68
    },
    "color-function-notation": "legacy",
  },
};
