/** The packages as a CycloneDX 1.6 document, the same for the same input: it carries neither time nor serial number. */
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { PackageURL } from "packageurl-js";
import { readLicence } from "./policy.ts";
import type { LicensedPackage } from "./read.ts";

export function sbomOf(
  project: LicensedPackage | undefined,
  packages: readonly LicensedPackage[],
): unknown {
  const bom = new Models.Bom();
  const known = new Map<string, Models.Component>();
  for (const one of packages) {
    const component = componentOf(one, Enums.ComponentType.Library);
    known.set(one.path ?? one.name, component);
    bom.components.add(component);
  }
  const root =
    project === undefined ? undefined : componentOf(project, Enums.ComponentType.Application);
  if (root !== undefined) bom.metadata.component = root;
  for (const one of [...packages, ...(project === undefined ? [] : [project])]) {
    const from = one === project ? root : known.get(one.path ?? one.name);
    for (const name of one.dependencies ?? []) {
      const to = resolved(known, one.path ?? "", name);
      if (to !== undefined) from?.dependencies.add(to.bomRef);
    }
  }
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const json: unknown = JSON.parse(
    new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true }),
  );
  return json;
}

/** As Node looks for it: in the package's own node_modules, then upwards. */
function resolved(
  known: ReadonlyMap<string, Models.Component>,
  from: string,
  name: string,
): Models.Component | undefined {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))
  ) {
    const found = known.get(`${folder === "" ? "" : `${folder}/`}node_modules/${name}`);
    if (found !== undefined || folder === "") return found ?? known.get(name);
  }
}

function componentOf(
  { name, version, license, dev, integrity }: LicensedPackage,
  type: Enums.ComponentType,
): Models.Component {
  const [group, short] = name.startsWith("@") ? name.split("/", 2) : [undefined, name];
  const purl = purlOf(group, short ?? name, version);
  const component = new Models.Component(type, short ?? name, {
    ...(group === undefined ? {} : { group }),
    ...(version === "" ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
    bomRef: `${name}@${version}`,
    scope: dev ? Enums.ComponentScope.Excluded : Enums.ComponentScope.Required,
  });
  const hash = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity ?? "")?.[1];
  if (hash !== undefined) component.hashes.set(Enums.HashAlgorithm["SHA-512"], hexOf(hash));
  if (license !== undefined) component.licenses.add(licenceOf(license));
  return component;
}

function licenceOf(license: string): Models.License {
  const { expression, corrected, text } = readLicence(license);
  return expression === undefined
    ? new Models.NamedLicense(text)
    : new Models.LicenseExpression(corrected ?? text);
}

function purlOf(group: string | undefined, name: string, version: string): string | undefined {
  try {
    return new PackageURL(
      "npm",
      group,
      name,
      version === "" ? undefined : version,
      undefined,
      undefined,
    ).toString();
  } catch {
    return undefined;
  }
}

function hexOf(base64: string): string {
  return Array.from(atob(base64), (one) =>
    (one.codePointAt(0) ?? 0).toString(16).padStart(2, "0"),
  ).join("");
}
