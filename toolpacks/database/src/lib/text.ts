export function short(sql: string, max = 120): string {
  const flat = sql.replaceAll(/\s+/g, " ").trim();
  return flat.length > max ? `${flat.slice(0, max - 1)}…` : flat;
}
