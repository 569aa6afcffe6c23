/** Apart from the work itself, since the tool's schema states them and must load nothing. */
export const CSS_LIMITS = { maxFiles: 300, maxFileBytes: 3_000_000, maxTotalBytes: 12_000_000 };
