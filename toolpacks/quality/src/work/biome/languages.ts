/** What Biome reads, by the ending of the name. */
const ENDINGS = /\.(?:[cm]?[jt]sx?|jsonc?|css|graphql|gql|html?)$/i;

export const BIOME_LANGUAGES = "JavaScript, TypeScript, JSX, CSS, JSON, GraphQL or HTML";

export function isForBiome(path: string): boolean {
  return ENDINGS.test(path);
}
